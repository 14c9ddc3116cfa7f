package io.uvit.ops.nn;

import io.uvit.ops.gradient.CustomGradients;
import io.uvit.ops.gradient.HandGradient;
import io.uvit.ops.parameters.ParameterList;
import java.util.List;
import java.util.OptionalDouble;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Sum;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TFloating;

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
    return proj.apply(pass, mixed(pass, qkv.project(pass, x), numTokens));
  }

  /** softmax(q k^T scale) v of each head, [B*N, 3D] -> [B*N, D], in the compute type. */
  private <T extends TFloating> Operand<T> mixed(
      ForwardPass pass, Operand<T> projected, int numTokens) {
    Ops tf = pass.tf();
    Operand<T> heads =
        tf.linalg.transpose(
            tf.reshape(projected, tf.constant(new long[] {-1, numTokens, 3, numHeads, headDim})),
            tf.constant(new int[] {2, 0, 3, 1, 4})); // [3, B, H, N, d]
    List<Output<T>> parts = Unstack.create(tf.scope(), heads, 3L, Unstack.axis(0L)).output();
    Operand<T> q = parts.get(0);
    Operand<T> k = parts.get(1);
    Operand<T> v = parts.get(2);
    Operand<T> shares = shares(tf, q, k); // [B, H, N, N]
    Operand<T> joined =
        tf.reshape(
            tf.linalg.transpose(
                Products.of(tf, shares, v), tf.constant(new int[] {0, 2, 1, 3})), // [B, N, H, d]
            tf.constant(new long[] {-1, (long) numHeads * headDim}));
    if (!pass.differentiable()) {
      return joined;
    }
    return CustomGradients.attach(
        tf,
        joined,
        List.of(projected),
        List.of(q, k, v),
        (ops, dy, forward) -> List.of(gradient(ops, Types.floating(dy), forward, numTokens)));
  }

  /** softmax(q k^T scale) in float32, [B, H, N, d] twice -> [B, H, N, N]. */
  private <T extends TFloating> Operand<T> shares(Ops tf, Operand<T> q, Operand<T> k) {
    // scaling q is cheaper than scaling the scores
    Operand<T> scores = Products.withTransposedSecond(tf, scaled(tf, q), k);
    return Types.like(tf, tf.nn.softmax(Types.float32(tf, scores)), scores);
  }

  private <T extends TFloating> Operand<T> scaled(Ops tf, Operand<T> x) {
    return tf.math.mul(x, Types.like(tf, tf.constant(scale), x));
  }

  /**
   * With P = softmax(S): dV = P^T dO, dS = P (dP - rowsum(dP P)) with dP = dO V^T, and rowsum(dP P)
   * = rowsum(dO O), which is the smaller; P is computed again (Dao et al. 2022, FlashAttention,
   * appendix B); [B*N, D] -> [B*N, 3D].
   */
  private <T extends TFloating> Operand<T> gradient(
      Ops tf, Operand<T> dy, HandGradient.Forward forward, int numTokens) {
    Operand<T> q = Types.same(forward.saved().get(0), dy); // [B, H, N, d]
    Operand<T> k = Types.same(forward.saved().get(1), dy);
    Operand<T> v = Types.same(forward.saved().get(2), dy);
    Operand<T> shares = shares(tf, q, k); // [B, H, N, N], again: kept they would be the largest
    Operand<TInt64> byHead = tf.constant(new long[] {-1, numTokens, numHeads, headDim});
    Operand<TInt32> toHeads = tf.constant(new int[] {0, 2, 1, 3});
    Operand<T> dMixed = tf.linalg.transpose(tf.reshape(dy, byHead), toHeads); // [B, H, N, d]
    Operand<TFloat32> product =
        tf.math.mul(Types.float32(tf, dy), Types.float32(tf, Types.floating(forward.value())));
    Operand<TFloat32> rows =
        tf.linalg.transpose(
            tf.sum(tf.reshape(product, byHead), tf.constant(-1), Sum.keepDims(true)),
            toHeads); // [B, H, N, 1]
    Operand<T> dShares = Products.withTransposedSecond(tf, dMixed, v); // [B, H, N, N]
    Operand<T> dScores =
        Types.like(
            tf,
            tf.math.mul(tf.math.sub(Types.float32(tf, dShares), rows), Types.float32(tf, shares)),
            dy);
    Operand<T> dHeads =
        tf.stack(
            List.of(
                scaled(tf, Products.of(tf, dScores, k)),
                scaled(tf, Products.withTransposedFirst(tf, dScores, q)),
                Products.withTransposedFirst(tf, shares, dMixed))); // [3, B, H, N, d]
    return tf.reshape(
        tf.linalg.transpose(dHeads, tf.constant(new int[] {1, 3, 0, 2, 4})), // [B, N, 3, H, d]
        tf.constant(new long[] {-1, 3L * numHeads * headDim}));
  }
}
