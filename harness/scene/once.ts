/** What several claims of a run share, made by the first that asks for it: the maker is its own key. */
export function createOnce<Subject>(subject: () => Subject): <Made>(make: (subject: Subject) => Made) => Made {
  const made = new Map<unknown, unknown>();
  return <Made>(make: (subject: Subject) => Made): Made => {
    if (!made.has(make)) made.set(make, make(subject()));
    return made.get(make) as Made;
  };
}
