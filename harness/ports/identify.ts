/** How a receiver's own name is read from its answer. */

export type Identify =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'json'; readonly path: string }
  | { readonly kind: 'regex'; readonly pattern: string };
