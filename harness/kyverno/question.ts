/** What the API server is asked by dry run, and what it said. Types only. */
import type { KubeObject } from '../../k8s/client/object.ts';
import type { Refusal } from './refusal.ts';

export interface Question {
  readonly what: string;
  readonly object: KubeObject;
}

export type Answer =
  | { readonly kind: 'admitted'; readonly object: KubeObject }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export interface Asked<About extends Question = Question> {
  readonly question: About;
  readonly answer: Answer;
}
