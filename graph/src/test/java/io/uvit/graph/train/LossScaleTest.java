package io.uvit.graph.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.ops.parameters.Variables;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Training in float16 with a scaled loss: overflows, growth, and what is without scale. */
class LossScaleTest {
  private static final String CONFIG = "cifar10_uvit_small";
  private static final String FLOAT16 = "runtime.precision=FLOAT16";

  /** 17 tokens in place of 257. */
  private static final String FEW_TOKENS = "model.patch_size=8";

  private static final String PARTS = "train.micro_batch_size=1";
  private static final String AGAIN = "train.activation_checkpointing=true";

  /** A graph in a session, and what its steps give. */
  private record Run(TrainingGraph graph, Session session) implements AutoCloseable {
    static Run of(String... overrides) {
      List<String> all = new ArrayList<>(List.of(overrides));
      all.addAll(List.of(FLOAT16, FEW_TOKENS));
      TrainingGraph graph =
          new TrainingGraph(GradientRuns.experiment(CONFIG, all.toArray(String[]::new)));
      Session session = new Session(graph.graph());
      Run run = new Run(graph, session);
      run.initialize();
      return run;
    }

    void initialize() {
      session.runner().addTarget(graph.initialize()).run().close();
    }

    LossScale scale() {
      return graph.lossScale().orElseThrow();
    }

    /** Loss and gradient norm of a step. */
    float[] step() {
      Session.Runner runner =
          session
              .runner()
              .fetch(graph.loss())
              .fetch(graph.gradientNorm())
              .addTarget(graph.trainStep());
      List<float[]> values = GradientRuns.run(graph, runner);
      return new float[] {values.get(0)[0], values.get(1)[0]};
    }

    /** From the first values: loss and gradient norm of three steps, none of them skipped. */
    List<float[]> firstSteps(float scale) {
      initialize();
      setScale(scale);
      List<float[]> steps = List.of(step(), step(), step());
      assertEquals(3, count(graph.updates()));
      return steps;
    }

    void setScale(float value) {
      set(scale().variable(), TFloat32.scalarOf(value));
    }

    void setTracker(long value) {
      set(scale().growthTracker(), TInt64.scalarOf(value));
    }

    private void set(ScalarVariable<?> variable, Tensor value) {
      try (value) {
        session
            .runner()
            .feed(variable.restored(), value)
            .addTarget(variable.restore())
            .run()
            .close();
      }
    }

    float scaleValue() {
      try (Result result = session.runner().fetch(scale().value()).run()) {
        return ((TFloat32) result.get(0)).getFloat();
      }
    }

    long count(Counter counter) {
      try (Result result = session.runner().fetch(counter.value()).run()) {
        return ((TInt64) result.get(0)).getLong();
      }
    }

    float[] values(Variables variables) {
      Session.Runner runner = session.runner();
      variables.specs().forEach(spec -> runner.fetch(variables.get(spec)));
      List<float[]> all = new ArrayList<>();
      try (Result result = runner.run()) {
        for (int i = 0; i < variables.specs().size(); i++) {
          TFloat32 value = (TFloat32) result.get(i);
          float[] copy = new float[(int) value.size()];
          value.asRawTensor().data().asFloats().read(copy);
          all.add(copy);
        }
      }
      return GradientRuns.join(all);
    }

    List<float[]> weightsMomentsAndAverage() {
      return List.of(
          values(graph.parameters()),
          values(graph.firstMoments()),
          values(graph.secondMoments()),
          values(graph.ema()));
    }

    @Override
    public void close() {
      session.close();
      graph.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"train.grad_clip_norm=0", "train.grad_clip_norm=1", PARTS, AGAIN})
  void anOverflowSkipsTheUpdateAndHalvesTheScale(String override) {
    try (Run run = Run.of(override)) {
      run.step();
      assertEquals(65536, run.scaleValue());
      assertEquals(1, run.count(run.scale().growthTracker()));
      List<float[]> before = run.weightsMomentsAndAverage();
      float large = 0x1p100f;
      run.setScale(large);
      for (int i = 1; i <= 30; i++) {
        float[] lossAndNorm = run.step();
        assertTrue(Float.isFinite(lossAndNorm[0]), "the loss is without scale");
        assertFalse(Float.isFinite(lossAndNorm[1]), "norm " + lossAndNorm[1]);
        assertEquals(Math.scalb(large, -i), run.scaleValue());
        assertEquals(0, run.count(run.scale().growthTracker()));
      }
      List<float[]> after = run.weightsMomentsAndAverage();
      for (int i = 0; i < 3; i++) {
        assertArrayEquals(before.get(i), after.get(i), "set " + i);
      }
      assertEquals(1, run.count(run.graph.updates()));
      assertEquals(0, run.count(run.graph.skipped()), "a search for a scale is no divergence");
      assertEquals(31, run.count(run.graph.step()));
    }
  }

  @Test
  void itFindsAScaleAndGoesOnFromThere() {
    try (Run run = Run.of()) {
      run.setScale(0x1p40f);
      for (int i = 0; i < 40; i++) {
        run.step();
      }
      float found = run.scaleValue();
      assertTrue(found >= 64 && found < 0x1p30f, "scale " + found);
      assertEquals(40, run.count(run.graph.step()));
      assertEquals(40 - (40 - Math.getExponent(found)), run.count(run.graph.updates()));
      run.setTracker(1999);
      run.setScale(1024);
      run.step();
      assertEquals(2048, run.scaleValue());
      assertEquals(0, run.count(run.scale().growthTracker()));
    }
  }

  /** Weights that are not finite: no scale helps. */
  @Test
  void aLossThatIsNotFiniteCountsAsSkipped() {
    try (Run run = Run.of()) {
      Variables weights = run.graph.parameters();
      var bias =
          weights.specs().stream().filter(s -> s.name().equals("norm.bias")).findFirst().get();
      try (TFloat32 broken = TFloat32.tensorOf(bias.shape(), data -> data.setFloat(Float.NaN, 0))) {
        var restore = weights.restore(bias);
        session(run, restore.value(), broken, restore.assign());
      }
      assertTrue(Float.isNaN(run.step()[0]));
      assertEquals(1, run.count(run.graph.skipped()));
      assertEquals(32768, run.scaleValue());
      run.setScale(1);
      run.step();
      assertEquals(2, run.count(run.graph.skipped()));
      assertEquals(1, run.scaleValue(), "the smallest");
      assertEquals(0, run.count(run.graph.updates()));
    }
  }

  private static void session(Run run, Operand<?> to, Tensor value, Op assign) {
    run.session.runner().feed(to, value).addTarget(assign).run().close();
  }

  /** A scale is a power of two: within float16's range it changes no bit. */
  @ParameterizedTest
  @ValueSource(strings = {"train.grad_clip_norm=0", "train.grad_clip_norm=0.1", PARTS, AGAIN})
  void stepsAreThoseOfAnotherScaleButForNumbersThatVanish(String override) {
    try (Run run = Run.of(override)) {
      List<float[]> one = run.firstSteps(16384);
      List<float[]> other = run.firstSteps(32768);
      for (int i = 0; i < 3; i++) {
        float[] a = one.get(i);
        float[] b = other.get(i);
        assertEquals(a[0], b[0], 1e-5 * a[0], "loss " + i);
        assertEquals(a[1], b[1], 1e-3 * a[1], "norm " + i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"FLOAT32", "BFLOAT16"})
  void otherPrecisionsHaveNone(String precision) {
    try (TrainingGraph graph =
        new TrainingGraph(GradientRuns.experiment(CONFIG, "runtime.precision=" + precision))) {
      assertTrue(graph.lossScale().isEmpty());
      assertTrue(graph.state().variables().stream().noneMatch(v -> v.name().equals("loss_scale")));
      assertTrue(graph.graph().operation("loss_scale") == null);
    }
  }

  @Test
  void scaleAndTrackerAreVariablesOfTheState() {
    try (TrainingGraph graph = new TrainingGraph(GradientRuns.experiment(CONFIG, FLOAT16))) {
      List<String> names = graph.state().variables().stream().map(StateVariable::name).toList();
      assertTrue(names.containsAll(List.of("loss_scale", "growth_tracker")), names::toString);
      assertEquals(Shape.scalar(), graph.lossScale().orElseThrow().value().shape());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {AGAIN, PARTS, PARTS + " " + AGAIN})
  void gradientsInPartsAndOfBlocksComputedTwiceAreThePlainOnes(String option) {
    GradientRuns.compare(
        CONFIG,
        FLOAT16 + " " + FEW_TOKENS,
        option,
        GradientRuns.AS_BUILT,
        3e-3,
        option.equals(AGAIN) ? 1e-6 : 1e-3);
  }
}
