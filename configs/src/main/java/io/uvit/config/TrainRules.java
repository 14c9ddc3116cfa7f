package io.uvit.config;

import io.uvit.config.v1.AdamW;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.LearningRateDecay;
import io.uvit.config.v1.Train;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The rules of the {@code train} section. */
final class TrainRules {
  private final Experiment experiment;
  private final Train train;
  private final Checks checks;

  TrainRules(Experiment experiment, Checks checks) {
    this.experiment = experiment;
    this.train = experiment.getTrain();
    this.checks = checks;
  }

  void check() {
    checks.atLeast("train.steps", train.getSteps(), 1);
    checks.atLeast("train.batch_size", train.getBatchSize(), 1);
    checkMicroBatch();
    checkAdamW(train.getAdamw());
    checks.atLeast("train.warmup_steps", train.getWarmupSteps(), 0);
    checks.known(
        "train.learning_rate_decay",
        LearningRateDecay.getDescriptor(),
        train.getLearningRateDecayValue());
    if (train.getLearningRateDecay() == LearningRateDecay.COSINE
        && train.getSteps() >= 1
        && train.getWarmupSteps() >= train.getSteps()) {
      String wanted = "less than train.steps " + train.getSteps();
      checks.problem(
          "train.warmup_steps", "leaves no steps for the decay", train.getWarmupSteps(), wanted);
    }
    checks.nonNegative("train.grad_clip_norm", train.getGradClipNorm());
    checks.rate("train.ema_decay", train.getEmaDecay());
    checks.atLeast("train.log_every", train.getLogEvery(), 1);
    checks.atLeast("train.preview_every", train.getPreviewEvery(), 0);
    checks.atLeast("train.checkpoint_every", train.getCheckpointEvery(), 0);
    checks.atLeast("train.keep_last", train.getKeepLast(), 1);
    checks.atLeast("train.keep_every", train.getKeepEvery(), 0);
    checks.atLeast("train.max_skipped_updates", train.getMaxSkippedUpdates(), 0);
    new SampleRules("train.preview", train.getPreview(), experiment, checks).check();
    checkExtraAverages();
  }

  private void checkMicroBatch() {
    int micro = train.getMicroBatchSize();
    checks.atLeast("train.micro_batch_size", micro, 0);
    if (micro > 0 && train.getBatchSize() >= 1 && train.getBatchSize() % micro != 0) {
      checks.problem(
          "train.micro_batch_size",
          "leaves a remainder",
          micro,
          "a divisor of train.batch_size " + train.getBatchSize() + ", or 0");
    }
  }

  private void checkAdamW(AdamW adamw) {
    checks.nonNegative("train.adamw.learning_rate", adamw.getLearningRate());
    checks.rate("train.adamw.beta1", adamw.getBeta1());
    checks.rate("train.adamw.beta2", adamw.getBeta2());
    checks.positive("train.adamw.epsilon", adamw.getEpsilon());
    checks.nonNegative("train.adamw.weight_decay", adamw.getWeightDecay());
  }

  /** Averages are told apart by their rates. */
  private void checkExtraAverages() {
    Set<Double> rates = new LinkedHashSet<>(List.of(train.getEmaDecay() + 0.0));
    for (int i = 0; i < train.getExtraEmaDecaysCount(); i++) {
      String path = "train.extra_ema_decays[" + i + "]";
      double rate = train.getExtraEmaDecays(i) + 0.0; // no rate of -0
      checks.rate(path, rate);
      if (!rates.add(rate)) {
        String kept = rates.stream().map(String::valueOf).collect(Collectors.joining(", "));
        checks.problem(path, "is an average that is kept already", rate, "a rate beside " + kept);
      }
    }
  }
}
