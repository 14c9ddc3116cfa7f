package io.uvit.graph.model;

import io.uvit.ops.nn.Attention;
import io.uvit.ops.nn.ForwardPass;
import io.uvit.ops.nn.LayerNorm;
import io.uvit.ops.nn.Linear;
import io.uvit.ops.nn.Mlp;
import io.uvit.ops.parameters.ParameterList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * One transformer block: x += attention(norm1(x)); x += mlp(norm2(x)); a deep block first joins its
 * long skip (Bao et al. 2023, figure 1; official libs/uvit.py Block).
 *
 * @param name official module path, such as {@code in_blocks.0}
 * @param skipLinear 2D to D, in deep blocks of a network with long skips
 */
record UViTBlock(
    String name,
    LayerNorm norm1,
    Attention attn,
    LayerNorm norm2,
    Mlp mlp,
    Optional<Linear> skipLinear) {

  /** Declares the block's parameters in the official order. */
  static UViTBlock declare(
      ParameterList parameters, String name, UViTConfig config, boolean joinsSkip) {
    ParameterList own = parameters.scope(name);
    int width = config.embedDim();
    return new UViTBlock(
        name,
        LayerNorm.declare(own, "norm1", width),
        Attention.declare(
            own, "attn", width, config.numHeads(), config.qkvBias(), config.qkScale()),
        LayerNorm.declare(own, "norm2", width),
        Mlp.declare(own, "mlp", width, config.mlpHiddenDim()),
        joinsSkip
            ? Optional.of(Linear.declare(own, "skip_linear", 2L * width, width, true))
            : Optional.empty());
  }

  /** x, skip [B*N, D] -> [B*N, D]. The skip is given exactly to a block with {@code skipLinear}. */
  Operand<TFloat32> apply(
      ForwardPass outer, Operand<TFloat32> x, Optional<Operand<TFloat32>> skip, int numTokens) {
    ForwardPass pass = outer.scope(name);
    if (skipLinear.isPresent()) {
      Operand<TFloat32> both =
          pass.tf().concat(List.of(x, skip.orElseThrow()), pass.tf().constant(1)); // [B*N, 2D]
      x =
          pass.tap(
              name + ".skip_linear",
              skipLinear.get().apply(pass.scope("skip_linear"), both)); // [B*N, D]
    }
    Operand<TFloat32> normed = pass.tap(name + ".norm1", norm1.apply(pass.scope("norm1"), x));
    Operand<TFloat32> attended = attn.apply(pass.scope("attn"), normed, numTokens);
    x = pass.tf().math.add(x, pass.tap(name + ".attn", attended));
    normed = pass.tap(name + ".norm2", norm2.apply(pass.scope("norm2"), x));
    Operand<TFloat32> mixed = mlp.apply(pass.scope("mlp"), normed);
    x = pass.tf().math.add(x, pass.tap(name + ".mlp", mixed));
    return pass.tap(name, x);
  }
}
