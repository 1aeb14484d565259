/** One comment of each marker under a pull request, one open issue of each marker: edited in place, made when missing. */
import type { Forge, ForgeNote } from './forge.ts';

export interface StuckNote {
  readonly done: 'created' | 'updated' | 'unchanged';
  readonly url: string;
}

/** @param body begins with the marker */
export async function stickComment(
  forge: Forge,
  pullRequest: number,
  marker: string,
  body: string,
): Promise<StuckNote> {
  const before = marked(await forge.ownComments(pullRequest), marker);
  if (before === undefined) return { done: 'created', url: (await forge.createComment(pullRequest, body)).url };
  if (sameText(before.body, body)) return { done: 'unchanged', url: before.url };
  return { done: 'updated', url: (await forge.updateComment(before.id, body)).url };
}

export interface IssueText {
  readonly title: string;
  /** Begins with the marker. */
  readonly body: string;
  readonly label: string;
  /** Whether one is opened when none is open; false edits only. */
  readonly open: boolean;
}

/** @returns undefined when there was none to edit and none was to be opened */
export async function stickIssue(
  forge: Forge,
  marker: string,
  { title, body, label, open }: IssueText,
): Promise<StuckNote | undefined> {
  const before = marked(await forge.ownIssues(label), marker);
  if (before === undefined && !open) return undefined;
  if (before === undefined) return { done: 'created', url: (await forge.createIssue({ title, body, label })).url };
  if (sameText(before.body, body)) return { done: 'unchanged', url: before.url };
  return { done: 'updated', url: (await forge.updateIssue(before.id, body)).url };
}

/** The oldest, so that two runs at once, which may both have made one, edit the same from then on. */
function marked(notes: readonly ForgeNote[], marker: string): ForgeNote | undefined {
  return notes.filter(({ body }) => body.startsWith(marker)).toSorted((a, b) => a.id - b.id)[0];
}

/** Servers keep line ends as they like. */
function sameText(a: string, b: string): boolean {
  const plain = (text: string) => text.replaceAll('\r\n', '\n').trimEnd();
  return plain(a) === plain(b);
}
