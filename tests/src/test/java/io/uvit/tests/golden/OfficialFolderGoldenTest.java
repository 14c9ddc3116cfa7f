package io.uvit.tests.golden;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.ConfigException;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.LearningRateDecay;
import io.uvit.graph.train.TrainingGraph;
import io.uvit.ops.parameters.Variables;
import io.uvit.runner.train.ImportedRun;
import io.uvit.runner.train.MetricsWindow;
import io.uvit.runner.train.OfficialAgreement;
import io.uvit.runner.train.OfficialExport;
import io.uvit.runner.train.RunDirectory;
import io.uvit.runner.train.TrainingCheckpoint;
import io.uvit.runner.train.TrainingSession;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.official.OfficialReader;
import io.uvit.savedmodels.official.OfficialState;
import io.uvit.savedmodels.official.OfficialWriter;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The training folders of the official code: imported after its twenty steps, they are where our
 * own twenty steps end, and go on as those do; exported again, they are what they were.
 */
class OfficialFolderGoldenTest {
  private static final double RELATIVE = 1e-4;

  @TempDir Path temp;

  @ParameterizedTest
  @MethodSource(Fixtures.TRAININGS)
  void trainingGoesOnWherePyTorchStopped(String fixture) throws IOException {
    Experiment experiment = GoldenExperiments.resolvedTraining(fixture);
    Checkpoint checkpoint = importFolder(experiment, Fixtures.folder(fixture).resolve("ckpt"), "a");
    assertEquals(20, checkpoint.step());
    try (TensorFile init = Fixtures.tensors(fixture, "init.pth");
        TrainingSession imported = new TrainingSession(experiment);
        TrainingSession ours = new TrainingSession(experiment)) {
      TrainingCheckpoint.read(checkpoint, imported, new MetricsWindow());
      ours.initialize();
      VariableState.load(ours.session(), ours.graph().parameters(), init);
      VariableState.load(ours.session(), ours.graph().ema(), init);
      for (int step = 0; step < GoldenSteps.STEPS; step++) {
        GoldenSteps.run(fixture, ours, step);
      }
      assertBits(fixture, imported);
      assertSameState(imported, ours);
      // The 21st step is given what the first one was.
      double wanted = GoldenSteps.run(fixture, ours, 0);
      assertEquals(wanted, GoldenSteps.run(fixture, imported, 0), RELATIVE * wanted, "loss");
      assertSameState(imported, ours);
      assertEquals(21, imported.count(imported.graph().step()));
    }
  }

  /** Imported values are the files' to the last bit. */
  private static void assertBits(String fixture, TrainingSession session) {
    try (TensorFile weights = Fixtures.tensors(fixture, "ckpt/nnet.pth");
        TensorFile averages = Fixtures.tensors(fixture, "ckpt/nnet_ema.pth")) {
      TrainingGraph graph = session.graph();
      values(session, graph.parameters())
          .forEach((name, found) -> assertArrayEquals(weights.floats(name), found, name));
      values(session, graph.ema())
          .forEach((name, found) -> assertArrayEquals(averages.floats(name), found, name));
    }
  }

  private static void assertSameState(TrainingSession wanted, TrainingSession found) {
    TrainingGraph a = wanted.graph();
    TrainingGraph b = found.graph();
    for (List<Variables> pair :
        List.of(List.of(a.parameters(), b.parameters()), List.of(a.ema(), b.ema()))) {
      Map<String, float[]> values = values(wanted, pair.get(0));
      TrainingGoldenTest.assertWeights(
          found.session(), pair.get(1), name -> Distances.wide(values.get(name)));
    }
    assertMoments(values(wanted, a.firstMoments()), values(found, b.firstMoments()));
    assertMoments(values(wanted, a.secondMoments()), values(found, b.secondMoments()));
    assertEquals(wanted.count(a.step()), found.count(b.step()));
    assertEquals(wanted.count(a.updates()), found.count(b.updates()));
    assertEquals(0, found.count(b.skipped()));
    assertEquals(0, wanted.count(a.skipped()));
  }

  /** Relative L2 distance of each tensor at most 1e-4. */
  private static void assertMoments(Map<String, float[]> wanted, Map<String, float[]> found) {
    assertEquals(wanted.keySet(), found.keySet());
    wanted.forEach(
        (name, values) -> {
          double relative = Distances.relative(values, found.get(name));
          assertTrue(relative <= RELATIVE, name + ": relative L2 " + relative);
        });
  }

  private static Map<String, float[]> values(TrainingSession session, Variables variables) {
    Map<String, float[]> values = new HashMap<>();
    VariableState.forEach(
        session.session(), variables, (spec, found) -> values.put(spec.name(), found));
    return values;
  }

  @ParameterizedTest
  @MethodSource(Fixtures.TRAININGS)
  void exportAndImportChangeNothing(String fixture) throws IOException {
    Experiment experiment = GoldenExperiments.resolvedTraining(fixture);
    Path theirs = Fixtures.folder(fixture).resolve("ckpt");
    Checkpoint first = importFolder(experiment, theirs, "a");
    Path exported = temp.resolve("20.ckpt");
    OfficialExport.write(first, exported, false);
    try (OfficialState wanted = OfficialReader.open(theirs);
        OfficialState found = OfficialReader.open(exported)) {
      assertEquals(wanted.step(), found.step());
      assertEquals(wanted.updates(), found.updates());
      assertEquals(wanted.group(), found.group());
      assertEquals(wanted.schedule(), found.schedule());
      assertTensors(wanted.weights(), found.weights());
      assertTensors(wanted.average(), found.average());
      assertTensors(wanted.moments().orElseThrow().first(), found.moments().orElseThrow().first());
      assertTensors(
          wanted.moments().orElseThrow().second(), found.moments().orElseThrow().second());
    }
    Checkpoint second = importFolder(experiment, exported, "b");
    for (String file :
        List.of(TrainingCheckpoint.MODEL, TrainingCheckpoint.EMA, TrainingCheckpoint.OPTIMIZER)) {
      assertEquals(-1, Files.mismatch(first.file(file), second.file(file)), file);
    }
    assertEquals(first.manifest().facts(), second.manifest().facts());
  }

  private static void assertTensors(TensorFile wanted, TensorFile found) {
    assertEquals(wanted.entries(), found.entries());
    wanted
        .entries()
        .keySet()
        .forEach(name -> assertArrayEquals(wanted.floats(name), found.floats(name), name));
  }

  @Test
  void skippedStepsOfPyTorchAreNoUpdates() throws IOException {
    Experiment experiment = GoldenExperiments.resolvedTraining("train_uncond");
    Path folder = temp.resolve("20.ckpt");
    try (OfficialState state =
            OfficialReader.open(Fixtures.folder("train_uncond").resolve("ckpt"));
        TrainingSession session = new TrainingSession(experiment)) {
      OfficialState fewer =
          new OfficialState(
              state.step(),
              15,
              state.group(),
              state.schedule(),
              state.weights(),
              state.average(),
              state.moments());
      new OfficialWriter(session.graph().model().parameters(), fewer).write(folder, false);
      Checkpoint checkpoint = importFolder(experiment, folder, "a");
      TrainingCheckpoint.read(checkpoint, session, new MetricsWindow());
      assertEquals(20, session.count(session.graph().step()));
      assertEquals(15, session.count(session.graph().updates()));
      assertEquals(0, session.count(session.graph().skipped()));
      List<String> notes = OfficialAgreement.notes(experiment, fewer);
      assertTrue(notes.get(0).startsWith("5 of the 20 steps made no update"), notes.toString());
      assertEquals("all 20 steps of train.steps are done already", notes.get(1));
      assertEquals(1, OfficialAgreement.notes(experiment, state).size());
    }
  }

  @Test
  void anExperimentThatContradictsTheFolderIsRefused() {
    contradiction(
        e -> e.getTrainBuilder().getAdamwBuilder().setBeta1(0.8),
        "train.adamw.beta1: contradicts 'betas' of the training folder, found 0.8, wanted 0.99");
    contradiction(
        e -> e.getTrainBuilder().getAdamwBuilder().setBeta2(0.95),
        "train.adamw.beta2: contradicts 'betas' of the training folder, found 0.95, wanted 0.999");
    contradiction(
        e -> e.getTrainBuilder().getAdamwBuilder().setLearningRate(1e-3),
        "train.adamw.learning_rate: contradicts 'base_lrs' of the training folder, found 0.001, wanted 0.002");
    contradiction(
        e -> e.getTrainBuilder().getAdamwBuilder().setEpsilon(1e-6),
        "train.adamw.epsilon: contradicts 'eps'");
    contradiction(
        e -> e.getTrainBuilder().getAdamwBuilder().setWeightDecay(0),
        "train.adamw.weight_decay: contradicts 'weight_decay' of the training folder, found 0.0, wanted 0.03");
    contradiction(
        e -> e.getTrainBuilder().setWarmupSteps(40),
        "train.warmup_steps, train.learning_rate_decay: contradicts '_last_lr' of the training folder, found learning rate 0.001 at step 20, wanted 0.002");
    contradiction(
        e -> e.getTrainBuilder().setSteps(40).setLearningRateDecay(LearningRateDecay.COSINE),
        "contradicts '_last_lr'");
  }

  private static void contradiction(Consumer<Experiment.Builder> change, String wanted) {
    Experiment.Builder experiment = GoldenExperiments.resolvedTraining("train_uncond").toBuilder();
    change.accept(experiment);
    try (OfficialState state =
        OfficialReader.open(Fixtures.folder("train_uncond").resolve("ckpt"))) {
      ConfigException e =
          assertThrows(
              ConfigException.class, () -> OfficialAgreement.require(experiment.build(), state));
      assertTrue(e.getMessage().contains(wanted), e.getMessage());
    }
  }

  private Checkpoint importFolder(Experiment experiment, Path folder, String name)
      throws IOException {
    try (OfficialState state = OfficialReader.open(folder)) {
      return Checkpoint.open(
          ImportedRun.create(experiment, new RunDirectory(temp.resolve(name)), state, "test"));
    }
  }
}
