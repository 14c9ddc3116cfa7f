package io.uvit.graph.autoencoder;

import io.uvit.ops.nn.Conv2d;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.nn.GroupNorm;
import io.uvit.ops.nn.Products;
import io.uvit.ops.parameters.ParameterList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Attention of one head among all positions, beside the input (official libs/autoencoder.py
 * AttnBlock).
 *
 * @param channels C
 */
record AttentionBlock(GroupNorm norm, Conv2d q, Conv2d k, Conv2d v, Conv2d projOut, int channels) {

  static AttentionBlock declare(ParameterList parameters, String name, int channels) {
    ParameterList own = parameters.scope(name);
    return new AttentionBlock(
        KlAutoencoder.norm(own, "norm", channels),
        Conv2d.declare(own, "q", channels, channels, 1),
        Conv2d.declare(own, "k", channels, channels, 1),
        Conv2d.declare(own, "v", channels, channels, 1),
        Conv2d.declare(own, "proj_out", channels, channels, 1),
        channels);
  }

  /** [B, h, w, C] -> [B, h, w, C]. */
  Operand<TFloat32> apply(ForwardPass pass, Operand<TFloat32> x) {
    Ops tf = pass.tf();
    Operand<TFloat32> normal = norm.apply(pass, x);
    Operand<TFloat32> queries =
        tf.math.mul(
            rows(tf, q.apply(pass, normal)),
            tf.constant((float) (1 / Math.sqrt(channels)))); // [B, h*w, C]
    Operand<TFloat32> scores =
        Products.withTransposedSecond(
            tf, queries, rows(tf, k.apply(pass, normal))); // [B, h*w, h*w]
    Operand<TFloat32> mixed =
        Products.of(tf, tf.nn.softmax(scores), rows(tf, v.apply(pass, normal))); // [B, h*w, C]
    return tf.math.add(x, projOut.apply(pass, tf.reshape(mixed, tf.shape(x))));
  }

  private Operand<TFloat32> rows(Ops tf, Operand<TFloat32> x) {
    Operand<TInt32> batch = tf.gather(tf.shape(x), tf.constant(new int[] {0}), tf.constant(0));
    return tf.reshape(
        x, tf.concat(List.of(batch, tf.constant(new int[] {-1, channels})), tf.constant(0)));
  }
}
