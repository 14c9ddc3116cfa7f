package io.uvit.graph.loop;

import io.uvit.graph.sampler.ImageNoise;
import io.uvit.ops.control.ControlFlow;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/**
 * The interpreter of solver tableaus in the graph: a functional While over the rows, whose memory
 * does not depend on their number. What {@link io.uvit.graph.sampler.SolverLoop} does on the host,
 * with the network's guidance and edits of the clean image inside.
 *
 * <pre>
 *   row s:  x = r[0]
 *           m = network(x, t_s, condition), guided by s_s in one pass of twice the batch
 *           x0 = d_s[0] x + d_s[1] m  [thresholded, known pixels put in; m follows]
 *           r = C_s [r; m; noise]
 * </pre>
 *
 * @param network what is evaluated
 * @param imageLength elements of an image, H * W * C
 */
public record SamplingLoop(LoopNetwork network, int imageLength) {

  /**
   * The tableau's rows as operands; see {@link LoopRows}.
   *
   * @param networkTime [S]
   * @param coefficients [S, R, R + 2]
   * @param denoised [S, 2]
   * @param guidanceScale [S]
   * @param noiseStep [S]
   */
  public record Rows(
      Operand<TFloat32> networkTime,
      Operand<TFloat32> coefficients,
      Operand<TFloat32> denoised,
      Operand<TFloat32> guidanceScale,
      Operand<TInt32> noiseStep) {}

  /**
   * Whose noise a stochastic solver draws.
   *
   * @param seed scalar
   * @param images numbers of the images within the seed, [B]
   */
  public record Noise(Operand<TInt64> seed, Operand<TInt64> images) {}

  /**
   * A condition and what guidance leads away from.
   *
   * @param given [B, ...]
   * @param negative of the same type, [B, ...]
   */
  public record Condition(Operand<?> given, Operand<?> negative) {}

  /**
   * Changes of the estimated clean image before the state moves.
   *
   * @param active whether there are any, scalar
   * @param guidanceRescale phi in [0, 1] (Lin et al. 2023), scalar; 0 = none
   * @param quantile of dynamic thresholding, scalar; 0 = none
   * @param mask 1 where the image is free, 0 where {@code known} holds; [B or 1, H, W, C] or
   *     broadcast
   * @param known the known image in [-1, 1], shaped like the mask
   */
  public record Edits(
      Operand<TBool> active,
      Operand<TFloat32> guidanceRescale,
      Operand<TFloat32> quantile,
      Operand<TFloat32> mask,
      Operand<TFloat32> known) {}

  /**
   * What a run leaves.
   *
   * @param registers [R, B, H, W, C]; register 0 is the state
   * @param denoised the estimate of the clean images at the last evaluation, [B, H, W, C]
   */
  public record Result(Operand<TFloat32> registers, Operand<TFloat32> denoised) {}

  /** Positions of the loop's invariants behind which the conditions and the weights follow. */
  private static final int FIXED = 12;

  /**
   * Adds the loop to a graph.
   *
   * @param registers [R, B, H, W, C]
   * @param conditions of the network, in its order
   */
  public Result run(
      Ops tf,
      Operand<TFloat32> registers,
      Rows rows,
      Noise noise,
      List<Condition> conditions,
      Edits edits) {
    List<Operand<?>> invariants =
        new ArrayList<>(
            List.of(
                rows.networkTime(),
                rows.coefficients(),
                rows.denoised(),
                rows.guidanceScale(),
                rows.noiseStep(),
                noise.seed(),
                noise.images(),
                edits.active(),
                edits.guidanceRescale(),
                edits.quantile(),
                edits.mask(),
                edits.known()));
    conditions.forEach(
        c -> {
          invariants.add(c.given());
          invariants.add(c.negative());
        });
    invariants.addAll(network.weights());
    Operand<TFloat32> state = tf.gather(registers, tf.constant(0), tf.constant(0));
    List<Operand<?>> end =
        ControlFlow.loop(
            tf.withSubScope("solver"),
            List.of(tf.constant(0), registers, state),
            invariants,
            (ops, all) ->
                List.of(ops.math.less(SamplingLoop.<TInt32>at(all, 0), rowCount(ops, all))),
            (ops, all) -> new Row(ops, all, conditions.size()).next());
    return new Result(at(end, 1), at(end, 2));
  }

  private static Operand<TInt32> rowCount(Ops tf, List<Operand<?>> all) {
    return tf.size(SamplingLoop.<TFloat32>at(all, 3), TInt32.class);
  }

  @SuppressWarnings("unchecked") // the lists are written and read in this class
  private static <T extends TType> Operand<T> at(List<Operand<?>> list, int index) {
    return (Operand<T>) list.get(index);
  }

  /** One row inside the loop's body. */
  private final class Row {
    private final Ops tf;
    private final Operand<TInt32> index;
    private final Operand<TFloat32> registers; // [R, B, H, W, C]
    private final Operand<TFloat32> x; // [B, H, W, C]
    private final Rows rows;
    private final Noise noise;
    private final Edits edits;
    private final List<Condition> conditions = new ArrayList<>();
    private final List<Operand<?>> weights = new ArrayList<>();

    Row(Ops tf, List<Operand<?>> all, int conditionCount) {
      this.tf = tf;
      index = at(all, 0);
      registers = at(all, 1);
      x = tf.gather(registers, tf.constant(0), tf.constant(0));
      List<Operand<?>> v = all.subList(3, all.size());
      rows = new Rows(at(v, 0), at(v, 1), at(v, 2), at(v, 3), at(v, 4));
      noise = new Noise(at(v, 5), at(v, 6));
      edits = new Edits(at(v, 7), at(v, 8), at(v, 9), at(v, 10), at(v, 11));
      for (int i = 0; i < conditionCount; i++) {
        conditions.add(new Condition(v.get(FIXED + 2 * i), v.get(FIXED + 2 * i + 1)));
      }
      weights.addAll(v.subList(FIXED + 2 * conditionCount, v.size()));
    }

    private <T extends TType> Operand<T> ofRow(Operand<T> table) {
      return tf.gather(table, index, tf.constant(0));
    }

    List<Operand<?>> next() {
      Operand<TFloat32> output = guided();
      Operand<TFloat32> conversion = ofRow(rows.denoised()); // [2]
      Operand<TFloat32> ofState = tf.gather(conversion, tf.constant(0), tf.constant(0));
      Operand<TFloat32> ofOutput = tf.gather(conversion, tf.constant(1), tf.constant(0));
      Operand<TFloat32> denoised =
          tf.math.add(tf.math.mul(x, ofState), tf.math.mul(output, ofOutput));
      List<Operand<?>> edited =
          ControlFlow.branch(
              tf,
              edits.active(),
              List.of(
                  x,
                  output,
                  denoised,
                  ofState,
                  ofOutput,
                  edits.quantile(),
                  edits.mask(),
                  edits.known()),
              (ops, a) -> CleanImage.edit(ops, a, imageLength),
              (ops, a) -> List.of(ops.identity(a.get(1)), ops.identity(a.get(2))));
      return List.of(
          tf.math.add(index, tf.constant(1)),
          update(at(edited, 0)),
          SamplingLoop.<TFloat32>at(edited, 1));
    }

    /** The network's output under guidance, [B, H, W, C]. */
    private Operand<TFloat32> guided() {
      Operand<TFloat32> scale = ofRow(rows.guidanceScale());
      // 2 copies of the batch where guidance is at work, else 1.
      Operand<TInt32> copies =
          tf.math.add(
              tf.dtypes.cast(tf.math.notEqual(scale, tf.constant(1f)), TInt32.class),
              tf.constant(1));
      Operand<TInt32> batch = tf.size(noise.images(), TInt32.class);
      Operand<TInt32> total = tf.math.mul(copies, batch);
      Operand<TInt32> ones = tf.constant(new int[] {1, 1, 1});
      Operand<TFloat32> inputs =
          tf.tile(x, tf.concat(List.of(vector(copies), ones), tf.constant(0)));
      List<Operand<?>> given = new ArrayList<>();
      conditions.forEach(c -> given.add(both(c, total)));
      Operand<TFloat32> outputs =
          network.predict(
              tf, weights, inputs, tf.fill(vector(total), ofRow(rows.networkTime())), given);
      Operand<TFloat32> flat =
          tf.reshape(
              outputs,
              tf.concat(List.of(vector(copies), tf.constant(new int[] {-1})), tf.constant(0)));
      Operand<TFloat32> shares =
          tf.slice(
              tf.stack(List.of(scale, tf.math.sub(tf.constant(1f), scale))),
              tf.constant(new int[] {0}),
              vector(copies)); // [copies]
      Operand<TFloat32> mixed =
          tf.linalg.matMul(tf.expandDims(shares, tf.constant(0)), flat); // [1, B*H*W*C]
      return rescaled(
          tf.reshape(mixed, tf.shape(x)),
          tf.reshape(tf.gather(flat, tf.constant(0), tf.constant(0)), tf.shape(x)));
    }

    private <T extends TType> Operand<T> both(Condition condition, Operand<TInt32> total) {
      Operand<T> joined = joined(condition);
      return tf.gather(joined, tf.range(tf.constant(0), total, tf.constant(1)), tf.constant(0));
    }

    @SuppressWarnings("unchecked") // both sides of a condition have one type
    private <T extends TType> Operand<T> joined(Condition condition) {
      return tf.concat(
          List.of((Operand<T>) condition.given(), (Operand<T>) condition.negative()),
          tf.constant(0));
    }

    /**
     * {@code phi m std(conditional) / std(m) + (1 - phi) m} for each image (Lin et al. 2023, 16).
     */
    private Operand<TFloat32> rescaled(Operand<TFloat32> guided, Operand<TFloat32> conditional) {
      List<Operand<?>> result =
          ControlFlow.branch(
              tf,
              tf.math.greater(edits.guidanceRescale(), tf.constant(0f)),
              List.of(guided, conditional, edits.guidanceRescale()),
              (ops, a) -> List.of(CleanImage.rescale(ops, at(a, 0), at(a, 1), at(a, 2))),
              (ops, a) -> List.of(ops.identity(a.get(0))));
      return at(result, 0);
    }

    /** The new registers, [R, B, H, W, C]. */
    private Operand<TFloat32> update(Operand<TFloat32> output) {
      Operand<TInt32> step = ofRow(rows.noiseStep());
      List<Operand<?>> drawn =
          ControlFlow.branch(
              tf,
              tf.math.greaterEqual(step, tf.constant(0)),
              List.of(noise.seed(), noise.images(), step, x),
              (ops, a) -> List.of(fresh(ops, at(a, 0), at(a, 1), at(a, 2), at(a, 3))),
              (ops, a) -> List.of(ops.zerosLike(SamplingLoop.<TFloat32>at(a, 3))));
      Operand<TInt32> first = tf.constant(0);
      Operand<TFloat32> all =
          tf.concat(
              List.of(
                  registers,
                  tf.expandDims(output, first),
                  tf.expandDims(SamplingLoop.<TFloat32>at(drawn, 0), first)),
              first); // [R + 2, B, H, W, C]
      Operand<TInt32> width = tf.gather(tf.shape(all), tf.constant(new int[] {0}), tf.constant(0));
      Operand<TFloat32> flat =
          tf.reshape(all, tf.concat(List.of(width, tf.constant(new int[] {-1})), first));
      return tf.reshape(tf.linalg.matMul(ofRow(rows.coefficients()), flat), tf.shape(registers));
    }

    private Operand<TFloat32> fresh(
        Ops ops,
        Operand<TInt64> seed,
        Operand<TInt64> images,
        Operand<TInt32> step,
        Operand<TFloat32> like) {
      Operand<TInt64> word =
          ops.math.add(
              ops.dtypes.cast(step, TInt64.class),
              ops.constant((long) ImageNoise.Purpose.SOLVER.word(0)));
      return ops.reshape(GraphNoise.draw(ops, seed, images, word, imageLength), ops.shape(like));
    }

    private Operand<TInt32> vector(Operand<TInt32> scalar) {
      return tf.expandDims(scalar, tf.constant(0));
    }
  }
}
