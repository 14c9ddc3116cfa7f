package io.uvit.ops.nn;

import io.uvit.ops.parameters.ParameterList;
import java.util.List;
import java.util.OptionalDouble;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;

/**
 * Multi-head self-attention (official libs/uvit.py Attention): one projection to q, k, v with
 * features laid out (3, H, d), softmax(q k^T scale) v, heads concatenated, output projection.
 *
 * @param qkv D to 3D
 * @param proj D to D
 * @param numHeads H, a divisor of D
 * @param headDim d = D / H
 * @param scale factor of the scores; the official default is d^(-1/2)
 */
public record Attention(Linear qkv, Linear proj, int numHeads, int headDim, float scale) {

  /** Declares {@code name.qkv} and {@code name.proj}. */
  public static Attention declare(
      ParameterList parameters,
      String name,
      int embedDim,
      int numHeads,
      boolean qkvBias,
      OptionalDouble qkScale) {
    if (embedDim % numHeads != 0) {
      throw new IllegalArgumentException(
          "embedDim: found " + embedDim + ", wanted a multiple of numHeads = " + numHeads);
    }
    ParameterList own = parameters.scope(name);
    int headDim = embedDim / numHeads;
    return new Attention(
        Linear.declare(own, "qkv", embedDim, 3L * embedDim, qkvBias),
        Linear.declare(own, "proj", embedDim, embedDim, true),
        numHeads,
        headDim,
        (float) qkScale.orElse(1 / Math.sqrt(headDim)));
  }

  /** [B*N, D] -> [B*N, D], attending within each run of {@code numTokens} = N rows. */
  public Operand<TFloat32> apply(ForwardPass pass, Operand<TFloat32> x, int numTokens) {
    Ops tf = pass.tf();
    long width = (long) numHeads * headDim;
    Operand<TFloat32> heads =
        tf.reshape(
            qkv.apply(pass, x), tf.constant(new long[] {-1, numTokens, 3, numHeads, headDim}));
    heads = tf.linalg.transpose(heads, tf.constant(new int[] {2, 0, 3, 1, 4})); // [3, B, H, N, d]
    List<Operand<TFloat32>> parts =
        Unstack.create(tf.scope(), heads, 3L, Unstack.axis(0L)).output().stream()
            .<Operand<TFloat32>>map(o -> o)
            .toList();
    Operand<TFloat32> q =
        tf.math.mul(
            parts.get(0), tf.constant(scale)); // scaling q is cheaper than scaling the scores
    Operand<TFloat32> scores =
        tf.train.batchMatMul(
            q, parts.get(1), TFloat32.class, BatchMatMul.adjY(true)); // [B, H, N, N]
    Operand<TFloat32> mixed =
        tf.train.batchMatMul(tf.nn.softmax(scores), parts.get(2), TFloat32.class); // [B, H, N, d]
    Operand<TFloat32> joined =
        tf.linalg.transpose(mixed, tf.constant(new int[] {0, 2, 1, 3})); // [B, N, H, d]
    return proj.apply(pass, tf.reshape(joined, tf.constant(new long[] {-1, width})));
  }
}
