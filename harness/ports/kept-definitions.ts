/** The definitions of kinds (CustomResourceDefinition) that a cluster was started with, as who installs addons sees them. */

/** A definition by its manifest's text, which is cheaper than its parts: some are hundreds of kilobytes. */
export interface KeptDefinitions {
  /** Name of the definition that this very text came to, where the cluster was started with it. */
  nameOf(manifest: string): string | undefined;
  /** The text had to be applied, and came to the definition of that name. */
  applied(manifest: string, name: string): void;
}
