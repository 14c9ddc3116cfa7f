package io.uvit.runner.train;

import io.uvit.config.ConfigException;
import io.uvit.config.ConfigProblem;
import io.uvit.config.v1.AdamW;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.LearningRateDecay;
import io.uvit.config.v1.Train;
import io.uvit.graph.train.TrainingGraph;
import io.uvit.savedmodels.official.AdamWGroup;
import io.uvit.savedmodels.official.OfficialState;
import io.uvit.savedmodels.official.ScheduleState;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether an experiment is the one that a training of the official code was made with, as far as
 * its folder tells: the optimizer's numbers and the learning rate. Batch size, decay of the average
 * and clipping are not in the folder.
 */
public final class OfficialAgreement {
  /** PyTorch computes some schedules by recursion; ours are closed formulas. */
  private static final double RELATIVE = 1e-9;

  private OfficialAgreement() {}

  /**
   * Requires that they agree.
   *
   * @throws ConfigException naming every field that contradicts the state
   */
  public static void require(Experiment experiment, OfficialState state) {
    List<ConfigProblem> problems = contradictions(experiment.getTrain(), state);
    if (!problems.isEmpty()) {
      throw new ConfigException(experiment.getName(), problems);
    }
  }

  /** What is worth knowing of a state and hinders nothing, one sentence each. */
  public static List<String> notes(Experiment experiment, OfficialState state) {
    List<String> notes = new ArrayList<>();
    if (state.updates() < state.step()) {
      notes.add(
          "%,d of the %,d steps made no update, as PyTorch's loss scaling does; they do not count for train.max_skipped_updates"
              .formatted(state.step() - state.updates(), state.step()));
    }
    if (state.step() >= experiment.getTrain().getSteps()) {
      notes.add(
          "all %,d steps of train.steps are done already"
              .formatted(experiment.getTrain().getSteps()));
    }
    return notes;
  }

  private static List<ConfigProblem> contradictions(Train train, OfficialState state) {
    List<ConfigProblem> problems = new ArrayList<>();
    AdamW ours = train.getAdamw();
    AdamWGroup group = state.group();
    double base = state.schedule().baseRate();
    compare("adamw.learning_rate", "base_lrs", ours.getLearningRate(), base, problems);
    compare("adamw.beta1", "betas", ours.getBeta1(), group.beta1(), problems);
    compare("adamw.beta2", "betas", ours.getBeta2(), group.beta2(), problems);
    compare("adamw.epsilon", "eps", ours.getEpsilon(), group.epsilon(), problems);
    compare(
        "adamw.weight_decay", "weight_decay", ours.getWeightDecay(), group.weightDecay(), problems);
    if (problems.isEmpty()) {
      compareSchedules(train, state, problems);
    }
    return problems;
  }

  /**
   * The shape of the schedule shows in nothing but the rate at its position, and the cosine's end.
   */
  private static void compareSchedules(
      Train train, OfficialState state, List<ConfigProblem> problems) {
    ScheduleState schedule = state.schedule();
    boolean cosine = train.getLearningRateDecay() == LearningRateDecay.COSINE;
    if (schedule.cosineSteps().isPresent()) {
      long end = schedule.cosineSteps().getAsLong();
      if (!cosine) {
        problems.add(
            new ConfigProblem(
                "train.learning_rate_decay", contradiction("T_max"), "no cosine", "COSINE"));
      } else if (train.getSteps() != end) {
        problems.add(
            new ConfigProblem(
                "train.steps",
                contradiction("T_max"),
                Long.toString(train.getSteps()),
                Long.toString(end)));
      }
    }
    double rate = TrainingGraph.schedule(train).at(state.step());
    String fields = "train.warmup_steps, train.learning_rate_decay";
    String found = "learning rate " + rate + " at step " + state.step();
    if (!close(rate, schedule.rate())) {
      problems.add(
          new ConfigProblem(
              fields, contradiction("_last_lr"), found, Double.toString(schedule.rate())));
    } else if (!close(rate, state.group().rate())) {
      problems.add(
          new ConfigProblem(
              fields, contradiction("lr"), found, Double.toString(state.group().rate())));
    }
  }

  private static void compare(
      String field, String theirs, double found, double wanted, List<ConfigProblem> problems) {
    if (!close(found, wanted)) {
      problems.add(
          new ConfigProblem(
              "train." + field,
              contradiction(theirs),
              Double.toString(found),
              Double.toString(wanted)));
    }
  }

  private static String contradiction(String theirs) {
    return "contradicts '" + theirs + "' of the training folder";
  }

  private static boolean close(double found, double wanted) {
    return Math.abs(found - wanted) <= RELATIVE * Math.abs(wanted);
  }
}
