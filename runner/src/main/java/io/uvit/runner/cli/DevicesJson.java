package io.uvit.runner.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.uvit.runner.device.Card;
import io.uvit.runner.device.Cpu;
import io.uvit.runner.device.CudaLibrary;
import io.uvit.runner.device.DeviceReport;
import io.uvit.runner.device.LibraryState;
import io.uvit.runner.device.NvidiaDriver;
import io.uvit.runner.device.RegisteredGpu;
import io.uvit.runner.device.Shortfall;
import io.uvit.runner.device.TensorFlowAnswer;
import io.uvit.savedmodels.natives.XlaParts;
import java.util.Map;

/** A {@link DeviceReport} as JSON. What is not known is left out; nothing is null. */
final class DevicesJson {
  private DevicesJson() {}

  static JsonObject of(DeviceReport report) {
    JsonObject json = new JsonObject();
    json.addProperty("gpu_usable", report.usableGpu().isPresent());
    json.addProperty("platform", report.platform());
    json.add("cpu", cpu(report.cpu()));
    json.add("nvidia", driver(report));
    json.add("class_path", classPath(report));
    json.add("libraries", libraries(report.libraries()));
    if (report.mayCompileForGpu()) {
      json.add("xla", xla(report.xla()));
    }
    json.add("tensorflow", tensorFlow(report.tensorFlow()));
    JsonArray shortfalls = new JsonArray();
    for (Shortfall shortfall : report.shortfalls()) {
      JsonObject object = new JsonObject();
      object.addProperty("kind", Arguments.kebab(shortfall.kind()));
      object.addProperty("found", shortfall.found());
      object.addProperty("wanted", shortfall.wanted());
      shortfalls.add(object);
    }
    json.add("shortfalls", shortfalls);
    return json;
  }

  private static JsonObject cpu(Cpu cpu) {
    JsonObject json = new JsonObject();
    cpu.model().ifPresent(model -> json.addProperty("model", model));
    json.addProperty("processors", cpu.processors());
    json.addProperty("avx512", cpu.avx512());
    json.addProperty("avx512_bf16", cpu.avx512Bf16());
    json.addProperty("amx", cpu.amx());
    return json;
  }

  private static JsonObject driver(DeviceReport report) {
    NvidiaDriver driver = report.driver();
    JsonObject json = new JsonObject();
    JsonArray nodes = new JsonArray();
    driver.nodes().forEach(node -> nodes.add("/dev/" + node));
    json.add("devices", nodes);
    driver.version().ifPresent(version -> json.addProperty("driver", version));
    JsonArray cards = new JsonArray();
    for (Card card : driver.cards()) {
      JsonObject object = new JsonObject();
      object.addProperty("name", card.name());
      card.memoryMib().ifPresent(mib -> object.addProperty("memory_mib", mib));
      card.capability().ifPresent(c -> object.addProperty("compute_capability", c.toString()));
      cards.add(object);
    }
    json.add("cards", cards);
    report.visibleDevices().ifPresent(v -> json.addProperty("cuda_visible_devices", v));
    return json;
  }

  private static JsonObject classPath(DeviceReport report) {
    JsonObject json = new JsonObject();
    json.addProperty("tensorflow", Arguments.kebab(report.build()));
    json.addProperty("cuda", report.cudaOnClassPath());
    return json;
  }

  private static JsonArray libraries(Map<CudaLibrary, LibraryState> libraries) {
    JsonArray array = new JsonArray();
    libraries.forEach(
        (library, state) -> {
          JsonObject json = new JsonObject();
          json.addProperty("name", library.fileName());
          if (state instanceof LibraryState.Bundled) {
            json.addProperty("state", "bundled");
          } else if (state instanceof LibraryState.Opens opens) {
            json.addProperty("state", "opens");
            json.addProperty("file", opens.file().toString());
          } else if (state instanceof LibraryState.Refused refused) {
            json.addProperty("state", "refused");
            json.addProperty("file", refused.file().toString());
            json.addProperty("reason", refused.reason());
          } else {
            json.addProperty("state", "absent");
          }
          array.add(json);
        });
    return array;
  }

  private static JsonObject xla(XlaParts parts) {
    JsonObject json = new JsonObject();
    parts.ptxas().ifPresent(file -> json.addProperty("ptxas", file.toString()));
    parts.libdevice().ifPresent(file -> json.addProperty("libdevice", file.toString()));
    return json;
  }

  private static JsonObject tensorFlow(TensorFlowAnswer answer) {
    JsonObject json = new JsonObject();
    if (answer instanceof TensorFlowAnswer.NotAsked notAsked) {
      json.addProperty("state", "not-asked");
      json.addProperty("reason", notAsked.reason());
    } else if (answer instanceof TensorFlowAnswer.Failed failed) {
      json.addProperty("state", "failed");
      json.addProperty("reason", failed.reason());
    } else {
      json.addProperty("state", "asked");
    }
    JsonArray gpus = new JsonArray();
    for (RegisteredGpu gpu : answer.gpus()) {
      JsonObject object = new JsonObject();
      object.addProperty("device", gpu.device());
      object.addProperty("usable", gpu.usable());
      gpu.failure().ifPresent(failure -> object.addProperty("failure", failure));
      gpus.add(object);
    }
    json.add("gpus", gpus);
    return json;
  }
}
