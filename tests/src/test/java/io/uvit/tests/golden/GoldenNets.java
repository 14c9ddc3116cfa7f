package io.uvit.tests.golden;

import com.google.gson.JsonObject;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.UViTConfig;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Translates the official constructor arguments of a fixture's config.json. */
public final class GoldenNets {
  private GoldenNets() {}

  /**
   * The hyper-parameters of a fixture's network; an odd depth is floored as the official code does.
   */
  public static UViTConfig config(JsonObject json) {
    Conditioning conditioning = new Conditioning.Unconditional();
    if (json.has("clip_dim")) {
      conditioning =
          new Conditioning.Text(
              integer(json, "num_clip_token", 77), json.get("clip_dim").getAsInt());
    } else if (integer(json, "num_classes", -1) > 0) {
      conditioning =
          new Conditioning.ClassLabel(json.get("num_classes").getAsInt(), OptionalInt.empty());
    }
    int size = json.get("img_size").getAsInt();
    return new UViTConfig(
        size,
        size,
        integer(json, "in_chans", 3),
        json.get("patch_size").getAsInt(),
        json.get("embed_dim").getAsInt(),
        json.get("depth").getAsInt() / 2 * 2,
        json.get("num_heads").getAsInt(),
        json.has("mlp_ratio") ? json.get("mlp_ratio").getAsDouble() : 4,
        flag(json, "qkv_bias", false),
        json.has("qk_scale") && !json.get("qk_scale").isJsonNull()
            ? OptionalDouble.of(json.get("qk_scale").getAsDouble())
            : OptionalDouble.empty(),
        flag(json, "mlp_time_embed", false),
        flag(json, "skip", true),
        flag(json, "conv", true),
        conditioning);
  }

  private static int integer(JsonObject json, String key, int otherwise) {
    return json.has(key) ? json.get(key).getAsInt() : otherwise;
  }

  private static boolean flag(JsonObject json, String key, boolean otherwise) {
    return json.has(key) ? json.get(key).getAsBoolean() : otherwise;
  }
}
