/** The port to where pull requests and issues live. */
export interface ForgeNote {
  readonly id: number;
  readonly body: string;
  readonly url: string;
}

export interface Forge {
  /** Of a pull request, and only those that this token's user wrote: nobody else's are ever edited. */
  ownComments(pullRequest: number): Promise<readonly ForgeNote[]>;
  createComment(issue: number, body: string): Promise<ForgeNote>;
  updateComment(id: number, body: string): Promise<ForgeNote>;
  /** Open ones with this label that this token's user opened; `id` is their number. */
  ownIssues(label: string): Promise<readonly ForgeNote[]>;
  createIssue(issue: { readonly title: string; readonly body: string; readonly label: string }): Promise<ForgeNote>;
  updateIssue(number: number, body: string): Promise<ForgeNote>;
}
