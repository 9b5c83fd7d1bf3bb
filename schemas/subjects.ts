/** Where on the broker each thing is said. An agent's own id is the last token of what it may say. */

/** The stream that holds reports until the collector has settled them. */
export const REPORTS_STREAM = "REPORTS";
/** The first token of all subjects, where no vendor's file names another. */
export const SUBJECT_PREFIX = "mailcensus";
export const REPORT_SUBJECTS = reportSubjects();
export const RECEIPT_SUBJECTS = receiptSubjects();

export function reportSubjects(prefix = SUBJECT_PREFIX): string {
  return `${prefix}.v1.report.*`;
}

export function receiptSubjects(prefix = SUBJECT_PREFIX): string {
  return `${prefix}.v1.receipt.*`;
}

export function reportSubject(installation: string, prefix = SUBJECT_PREFIX): string {
  return `${prefix}.v1.report.${installation}`;
}

export function receiptSubject(installation: string, prefix = SUBJECT_PREFIX): string {
  return `${prefix}.v1.receipt.${installation}`;
}

/** Rights: what an admin asks about the installation's own data. */
export function rightsSubjects(prefix = SUBJECT_PREFIX): string {
  return `${prefix}.v1.rights.*`;
}

export function rightsSubject(installation: string, prefix = SUBJECT_PREFIX): string {
  return `${prefix}.v1.rights.${installation}`;
}

/** Policies and notices. */
export function policySubjects(prefix = SUBJECT_PREFIX): string {
  return `${prefix}.v1.policy.*`;
}

export function policySubject(installation: string, prefix = SUBJECT_PREFIX): string {
  return `${prefix}.v1.policy.${installation}`;
}

/** The only subjects that an agent may listen on are below this. */
export function inboxPrefix(installation: string): string {
  return `_INBOX.${installation}`;
}

/** The last token of a subject: the id that the broker let speak there. */
export function speakerOf(subject: string): string {
  return subject.slice(subject.lastIndexOf(".") + 1);
}
