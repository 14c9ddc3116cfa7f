package io.uvit.tests.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.uvit.config.ConfigLoader;
import io.uvit.graph.model.ModelCost;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sizes of all official experiments, counted on the official code. */
class ModelCostTest {

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "cifar10_uvit_small,      44255328, 257,  12.20, 164",
    "celeba64_uvit_small,     44292228, 257,  12.21, 164",
    "imagenet64_uvit_mid,    130940292, 258,  35.24, 213",
    "imagenet64_uvit_large,  286827652, 258,  76.47, 261",
    "imagenet256_uvit_large, 286763172, 258,  76.46, 261",
    "imagenet256_uvit_huge,  500832016, 258, 133.20, 355",
    "imagenet512_uvit_large, 286861524, 258,  76.48, 261",
    "imagenet512_uvit_huge,  500942656, 258, 133.23, 355",
    "mscoco_uvit_small,       44692644, 334,  16.23, 166",
    "mscoco_uvit_small_deep,  58345636, 334,  21.24, 214",
  })
  void officialExperiments(
      String name, long parameters, int tokens, String gigaMultiplyAdds, int tensors) {
    UViT model = model(name);
    ModelCost cost = ModelCost.of(model);
    assertEquals(parameters, cost.parameters());
    assertEquals(tensors, cost.tensors());
    assertEquals(tokens, model.config().numTokens());
    assertEquals(gigaMultiplyAdds, String.format(Locale.ROOT, "%.2f", cost.multiplyAdds() / 1e9));
  }

  @Test
  void optionalPartsAreCounted() {
    ModelCost plain = ModelCost.of(model("quickstart"));
    long d = 128;
    ModelCost timeMlp = ModelCost.of(model("quickstart", "model.mlp_time_embed=true"));
    assertEquals(plain.parameters() + 8 * d * d + 5 * d, timeMlp.parameters());
    assertEquals(plain.multiplyAdds() + 8 * d * d, timeMlp.multiplyAdds());
    ModelCost noSkip = ModelCost.of(model("quickstart", "model.skip=NONE"));
    assertEquals(plain.parameters() - 2 * (2 * d * d + d), noSkip.parameters());
    assertEquals(plain.multiplyAdds() - 2 * 51 * 2 * d * d, noSkip.multiplyAdds());
    ModelCost bias = ModelCost.of(model("quickstart", "model.qkv_bias=true"));
    assertEquals(plain.parameters() + 5 * 3 * d, bias.parameters());
    assertEquals(plain.multiplyAdds(), bias.multiplyAdds());
    ModelCost noConv = ModelCost.of(model("quickstart", "model.final_conv=false"));
    assertEquals(plain.parameters() - 10, noConv.parameters());
    assertEquals(plain.multiplyAdds() - 28 * 28 * 9, noConv.multiplyAdds());
  }

  private static UViT model(String name, String... overrides) {
    return new UViT(UViTConfig.of(ConfigLoader.load(name, List.of(overrides)).getModel()));
  }
}
