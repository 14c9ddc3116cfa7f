package io.uvit.graph.autoencoder;

import io.uvit.ops.nn.Conv2d;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.nn.GroupNorm;
import io.uvit.ops.nn.Mlp;
import io.uvit.ops.parameters.ParameterList;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * Two times normalisation, swish, 3x3 convolution, beside the input or a 1x1 convolution of it
 * (official libs/autoencoder.py ResnetBlock).
 *
 * @param shortcut present where the number of channels changes
 */
record ResBlock(
    GroupNorm norm1, Conv2d conv1, GroupNorm norm2, Conv2d conv2, Optional<Conv2d> shortcut) {

  static ResBlock declare(ParameterList parameters, String name, int in, int out) {
    ParameterList own = parameters.scope(name);
    return new ResBlock(
        KlAutoencoder.norm(own, "norm1", in),
        Conv2d.declare(own, "conv1", in, out, 3),
        KlAutoencoder.norm(own, "norm2", out),
        Conv2d.declare(own, "conv2", out, out, 3),
        in == out
            ? Optional.empty()
            : Optional.of(Conv2d.declare(own, "nin_shortcut", in, out, 1)));
  }

  /** [B, H, W, in] -> [B, H, W, out]. */
  Operand<TFloat32> apply(ForwardPass pass, Operand<TFloat32> x) {
    Operand<TFloat32> h = conv1.apply(pass, Mlp.silu(pass.tf(), norm1.apply(pass, x)));
    h = conv2.apply(pass, Mlp.silu(pass.tf(), norm2.apply(pass, h)));
    return pass.tf().math.add(shortcut.isPresent() ? shortcut.get().apply(pass, x) : x, h);
  }
}
