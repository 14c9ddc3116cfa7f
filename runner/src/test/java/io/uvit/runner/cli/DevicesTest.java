package io.uvit.runner.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.uvit.config.ConfigException;
import io.uvit.config.v1.Device;
import io.uvit.config.v1.Runtime;
import io.uvit.runner.device.FakeMachine;
import io.uvit.runner.device.RegisteredGpu;
import io.uvit.savedmodels.natives.CudaLibraryException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code uvit devices} and {@code --device} on machines that are folders. */
class DevicesTest {
  @TempDir Path root;
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private FakeMachine good() {
    return new FakeMachine(root)
        .device()
        .driverLibrary()
        .gpuNatives()
        .redistribution()
        .tensorFlow(new RegisteredGpu("GPU:0", Optional.empty()));
  }

  private Runtime settled(Device configured, FakeMachine machine, String... arguments)
      throws UsageException {
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    return DeviceOption.settle(
        Runtime.newBuilder().setDevice(configured).setIntraOpThreads(3).build(),
        Main.parse(new TrainCommand(), List.of(arguments)),
        new Console(stream, stream, root, false),
        settled -> machine.inspector());
  }

  @Test
  void jsonOfAMachineWithAGpu() {
    JsonObject json = DevicesJson.of(good().file("usr/local/cuda/bin/ptxas", "").report());
    assertEquals(
        JsonParser.parseString(
            """
            {
              "gpu_usable": true,
              "platform": "linux-x86_64",
              "cpu": {"processors": 8, "avx512": false, "avx512_bf16": false, "amx": false},
              "nvidia": {
                "devices": ["/dev/nvidia0", "/dev/nvidiactl"],
                "driver": "560.35.03",
                "cards": [
                  {
                    "name": "NVIDIA H100 80GB HBM3",
                    "memory_mib": 81559,
                    "compute_capability": "9.0"
                  }
                ]
              },
              "class_path": {"tensorflow": "gpu", "cuda": true},
              "libraries": [
                {"name": "libcuda.so.1", "state": "opens", "file": "ROOT/libcuda.so.1"},
                {"name": "libcudart.so.12", "state": "bundled"},
                {"name": "libcublas.so.12", "state": "bundled"},
                {"name": "libcudnn.so.9", "state": "bundled"},
                {"name": "libcufft.so.11", "state": "bundled"},
                {"name": "libcusolver.so.11", "state": "bundled"},
                {"name": "libcusparse.so.12", "state": "bundled"}
              ],
              "xla": {"ptxas": "CUDA/bin/ptxas"},
              "tensorflow": {
                "state": "asked",
                "gpus": [{"device": "GPU:0", "usable": true}]
              },
              "shortfalls": []
            }
            """
                .replace("CUDA", root.resolve("usr/local/cuda").toString())
                .replace("ROOT", root.resolve("usr/lib/x86_64-linux-gnu").toString())),
        json);
  }

  @Test
  void jsonOfAMachineWithoutOne() {
    JsonObject json = DevicesJson.of(new FakeMachine(root).cpuNatives().report());
    assertFalse(json.get("gpu_usable").getAsBoolean());
    assertEquals("not-asked", json.getAsJsonObject("tensorflow").get("state").getAsString());
    JsonObject first = json.getAsJsonArray("shortfalls").get(0).getAsJsonObject();
    assertEquals("tensorflow-library", first.get("kind").getAsString());
    assertTrue(first.get("wanted").getAsString().contains("UVIT_MAVEN_PROFILES=gpu"));
  }

  @Test
  void textNamesFactsAndWhatToDo() {
    String with = DevicesText.of(good().report());
    assertTrue(with.contains("\nnvidia driver        560.35.03\n"), with);
    assertTrue(with.contains("\nlibcudnn.so.9        on the class path\n"), with);
    assertTrue(with.contains("\nptxas (for xla)      not found: runtime.xla wants a CUDA"), with);
    assertTrue(with.endsWith("\ngpu                  GPU:0 can be used\n"), with);
    String without = DevicesText.of(new FakeMachine(root.resolve("bare")).cpuNatives().report());
    assertTrue(without.contains("\nlibcudart.so.12      not found\n"), without);
    assertFalse(without.contains("xla"), without);
    assertTrue(
        without.contains(
            "\n\n  found  TensorFlow's library without GPU support on the class path\n  wanted a"),
        without);
  }

  @Test
  void theOptionTakesThePlaceOfTheField() throws UsageException {
    Runtime runtime = settled(Device.GPU, good(), "--config", "x", "--device", "cpu");
    assertEquals(Device.CPU, runtime.getDevice());
    assertEquals(3, runtime.getIntraOpThreads());
    assertEquals("", err.toString(StandardCharsets.UTF_8));
    assertEquals(Device.GPU, settled(Device.CPU, good(), "--config=x", "--device=gpu").getDevice());
  }

  @Test
  void xlaAndMemoryGrowthTakeThePlaceOfTheirFields() throws UsageException {
    Runtime plain = settled(Device.CPU, good(), "--config=x");
    assertFalse(plain.getXla() || plain.getGpuMemoryGrowth());
    Runtime both = settled(Device.CPU, good(), "--config=x", "--xla", "--gpu-memory-growth");
    assertTrue(both.getXla() && both.getGpuMemoryGrowth());
    assertEquals(
        "--xla and --set runtime.xla: found both, wanted one",
        assertThrows(
                UsageException.class,
                () ->
                    settled(
                        Device.CPU, good(), "--config=x", "--xla", "--set", "runtime.xla=false"))
            .getMessage());
  }

  /** An inspection may make the first session of the process, whose options hold for all. */
  @Test
  void theInspectionKnowsHowMemoryIsTaken() throws UsageException {
    List<Boolean> growth = new ArrayList<>();
    for (String[] arguments :
        new String[][] {
          {"--config=x", "--device=gpu"}, {"--config=x", "--device=gpu", "--gpu-memory-growth"}
        }) {
      PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
      DeviceOption.settle(
          Runtime.getDefaultInstance(),
          Main.parse(new TrainCommand(), List.of(arguments)),
          new Console(stream, stream, root, false),
          settled -> {
            growth.add(settled.getGpuMemoryGrowth());
            return good().inspector();
          });
    }
    assertEquals(List.of(false, true), growth);
  }

  @Test
  void autoSaysWhatItTook() throws UsageException {
    assertEquals(Device.AUTO, settled(Device.AUTO, good(), "--config=x").getDevice());
    assertEquals(
        "device: GPU:0 (NVIDIA H100 80GB HBM3, 81559 MiB, compute capability 9.0)\n",
        err.toString(StandardCharsets.UTF_8).replace("\r\n", "\n"));
  }

  @Test
  void aGpuThatIsNotThereIsNamedByOptionOrField() {
    FakeMachine bare = new FakeMachine(root).cpuNatives();
    ConfigException option =
        assertThrows(
            ConfigException.class, () -> settled(Device.AUTO, bare, "--config=x", "--device=gpu"));
    assertTrue(option.getMessage().contains("\n  --device: GPU cannot be used, found "));
    assertEquals(ExitCode.BAD_CONFIG, Failures.exitCode(option));
    ConfigException field =
        assertThrows(ConfigException.class, () -> settled(Device.GPU, bare, "--config=x"));
    assertTrue(field.getMessage().contains("\n  runtime.device: GPU cannot be used, found "));
  }

  @Test
  void refusals() {
    assertEquals(
        "--device and --set runtime.device: found both, wanted one",
        assertThrows(
                UsageException.class,
                () ->
                    settled(
                        Device.AUTO,
                        good(),
                        "--config=x",
                        "--device=cpu",
                        "--set",
                        "runtime.device =gpu"))
            .getMessage());
    assertEquals(
        "--device: found 'tpu', wanted one of auto, cpu, gpu",
        assertThrows(
                UsageException.class,
                () -> settled(Device.AUTO, good(), "--config=x", "--device=tpu"))
            .getMessage());
    assertEquals(
        ExitCode.NATIVE_RUNTIME,
        Failures.exitCode(new CudaLibraryException("libcudnn.so.9", "half", "all", null)));
  }

  @Test
  void onlyCommandsThatReadFilesGoWithoutTensorFlow() {
    assertEquals(
        List.of("inspect", "devices", "config"),
        Commands.all().stream().filter(c -> !c.usesTensorFlow()).map(Command::name).toList());
  }
}
