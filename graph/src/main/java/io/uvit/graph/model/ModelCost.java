package io.uvit.graph.model;

import io.uvit.ops.parameters.ParameterSpec;

/**
 * What a network costs, from its declaration alone: no graph is built and no native library loaded.
 *
 * @param parameters trainable scalars
 * @param tensors trainable tensors
 * @param multiplyAdds multiply-accumulates of one evaluation of one image: all matrix products and
 *     convolutions, attention included; element-wise work and look-ups are not counted (the
 *     convention behind the paper's "GFLOPs")
 */
public record ModelCost(long parameters, int tensors, long multiplyAdds) {

  /** The cost of a network. */
  public static ModelCost of(UViT model) {
    UViTConfig config = model.config();
    long multiplyAdds = attentionMultiplyAdds(config);
    for (ParameterSpec parameter : model.parameters()) {
      multiplyAdds += parameter.size() * uses(parameter, config);
    }
    return new ModelCost(model.parameterCount(), model.parameters().size(), multiplyAdds);
  }

  /** How often one image multiplies each element of a parameter with something. */
  private static long uses(ParameterSpec parameter, UViTConfig config) {
    String name = parameter.name();
    if (parameter.shape().numDimensions() < 2 || name.equals("pos_embed")) {
      return 0; // biases, scales and the position embedding are added or scale element by element
    }
    String part = name.substring(0, name.indexOf('.'));
    return switch (part) {
      case "label_emb" -> 0; // a look-up
      case "time_embed" -> 1;
      case "context_embed" -> ((Conditioning.Text) config.conditioning()).numTokens();
      case "patch_embed" -> config.numPatches();
      case "final_layer" -> (long) config.imageHeight() * config.imageWidth();
      default -> config.numTokens(); // blocks and the decoder see every token
    };
  }

  /** q k^T and its product with v: 2 N^2 D in each block. */
  private static long attentionMultiplyAdds(UViTConfig config) {
    long n = config.numTokens();
    return (config.depth() + 1) * 2 * n * n * config.embedDim();
  }
}
