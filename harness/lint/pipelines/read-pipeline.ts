/** A pipeline's file, whichever platform it is for. Pure. */
import type { Finding, ManifestFile } from '../manifest-set.ts';
import { isAzurePipeline, readAzurePipeline } from './azure-pipeline.ts';
import { isWorkflow, readWorkflow } from './github-workflow.ts';
import { allSteps, type Pipeline, pipelineDocument, unknownPipeline } from './pipeline.ts';

/** PIPELINE_MISSING, PIPELINE_YAML_SYNTAX, PIPELINE_UNKNOWN. */
export function readPipeline(files: readonly ManifestFile[], path: string): Pipeline | Finding {
  const document = pipelineDocument(files, path);
  if (!('positionOf' in document)) return document;
  if (isWorkflow(document)) return readWorkflow(files, path, document);
  if (isAzurePipeline(document)) return readAzurePipeline(path, document);
  return unknownPipeline(path);
}

const GIVES_VARIABLE = /^TF_VAR_(.+)$/;

/** Terraform variables that its steps set in their environment. */
export function variablesGiven({ jobs }: Pipeline): readonly string[] {
  const steps = [...jobs.values()].flatMap(allSteps);
  const names = steps.flatMap(({ environment }) => Object.keys(environment));
  return names.flatMap((name) => GIVES_VARIABLE.exec(name)?.[1] ?? []);
}
