// The public API: define node types and pipelines, run them, read their tables.
export { Type } from '@sinclair/typebox';
export { defineKind } from './runtime/contracts/artifact.ts';
export type {
  Artifact,
  ArtifactReader,
  Cell,
  Column,
  ColumnType,
  Digest,
  ItemEntry,
  Key,
  Kind,
  Row,
} from './runtime/contracts/artifact.ts';
export { defineNode } from './runtime/contracts/define.ts';
export type {
  Axes,
  AxisValue,
  CheckContext,
  InputArtifact,
  InputPort,
  Inputs,
  Item,
  ItemsContext,
  ItemsDefinition,
  ItemSlice,
  NodeDefinition,
  NodeMistake,
  OutputPort,
  RunContext,
  UpstreamStep,
} from './runtime/contracts/define.ts';
export { fail, FailureError } from './runtime/contracts/failure.ts';
export type { Failure, Result } from './runtime/contracts/failure.ts';
export type { LetheEvent, OutputRef, RunFinished } from './runtime/contracts/events.ts';
export type { Graph, Step } from './runtime/contracts/graph.ts';
export { definePipeline } from './runtime/authoring/define-pipeline.ts';
export type { Pipeline, PipelineStep, PipelineValue } from './runtime/authoring/define-pipeline.ts';
export { runPipeline } from './run-pipeline.ts';
export type { PipelineRun, RunPipelineOptions } from './run-pipeline.ts';
