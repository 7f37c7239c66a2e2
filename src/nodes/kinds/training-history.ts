// The kind `training-history`. It contains no times, so equal trainings have equal histories.
import { defineKind } from '../../runtime/contracts/artifact.ts';

export const trainingHistoryKind = defineKind({
  name: 'training-history',
  doc: 'Loss and accuracy of a training, epoch by epoch.',
  codec: 'table',
  columns: {
    epoch: { type: 'int32', doc: 'Number of the epoch, from 1.' },
    learning_rate: { type: 'float64', doc: 'Learning rate in the middle of the epoch.' },
    loss: {
      type: 'float64',
      unit: 'nats',
      doc: 'Mean cross-entropy over the augmented training images, measured on each batch before its optimiser step.',
    },
    accuracy: {
      type: 'float64',
      unit: '1',
      doc: 'Share of the augmented training images that were classified correctly.',
    },
    validation_loss: {
      type: 'float64',
      unit: 'nats',
      nullable: true,
      doc: 'Mean cross-entropy on the validation data after the epoch.',
    },
    validation_accuracy: {
      type: 'float64',
      unit: '1',
      nullable: true,
      doc: 'Share of the validation images that are classified correctly after the epoch.',
    },
  },
});
