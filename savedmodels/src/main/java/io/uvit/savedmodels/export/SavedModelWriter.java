package io.uvit.savedmodels.export;

import io.uvit.config.ConfigPrinter;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.savedmodels.checkpoint.AtomicFolder;
import io.uvit.savedmodels.checkpoint.FileOps;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.TensorFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.tensorflow.Session;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TString;

/**
 * Writes a denoiser as a TensorFlow SavedModel with resource variables (docs/decisions/0009).
 *
 * <p>Tag {@code serve}; signatures {@code denoise} and {@code serving_default}, at present the
 * same: {@code x} float32 [B, H, W, C], {@code t} float32 [B], the network's own time input, {@code
 * label} int32 [B] or {@code context} float32 [B, N, D] where the model has them; {@code
 * prediction} float32 [B, H, W, C]. A label outside the table makes the call fail with
 * INVALID_ARGUMENT. Beside the model lie {@code assets.extra/experiment.textproto} and {@code
 * assets.extra/model_card.md}.
 */
public final class SavedModelWriter {
  /** The file that makes a folder a SavedModel. */
  public static final String SAVED_MODEL = "saved_model.pb";

  private static final String VARIABLES = "variables";
  private static final String EXTRA = "assets.extra";

  private final FileOps files;

  /** A writer to the default file system. */
  public SavedModelWriter() {
    this(FileOps.system());
  }

  /** A writer through the given operations; TensorFlow writes the variables' files by itself. */
  public SavedModelWriter(FileOps files) {
    this.files = files;
  }

  /**
   * Writes a model, whole or not at all.
   *
   * @param target the folder; missing parents are made
   * @param overwrite whether an existing SavedModel is replaced
   * @param experiment resolved; its model section describes the network
   * @param weights the official names and shapes, each exactly once
   * @throws TargetExistsException if the target exists and is not to be replaced, or is something
   *     else than a SavedModel or an empty folder
   * @throws io.uvit.savedmodels.state.StateDictException if the weights do not fit the network
   * @throws io.uvit.savedmodels.checkpoint.DiskFullException when there is no room
   */
  public void write(
      Path target,
      boolean overwrite,
      Experiment experiment,
      TensorFile weights,
      Provenance provenance)
      throws IOException {
    checkTarget(target, overwrite);
    UViT model = new UViT(UViTConfig.of(experiment.getModel()));
    AtomicFolder.write(
        files,
        target,
        overwrite || Files.isDirectory(target),
        folder -> {
          Path variables = folder.resolve(VARIABLES);
          Path extra = folder.resolve(EXTRA);
          files.createDirectory(variables);
          files.createDirectory(extra);
          try (ServingGraph graph = new ServingGraph(model, experiment.getSeed())) {
            save(graph, weights, variables.resolve(VARIABLES));
            write(folder.resolve(SAVED_MODEL), MetaGraph.savedModel(graph));
          }
          write(extra.resolve("experiment.textproto"), ConfigPrinter.toText(experiment));
          write(extra.resolve("model_card.md"), ModelCard.text(experiment, model, provenance));
        });
  }

  /** Refuses a target that this writer would not replace; cheap, so callers may ask early. */
  public static void checkTarget(Path target, boolean overwrite) throws IOException {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    boolean folder = Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS);
    if (folder && FileOps.system().list(target).isEmpty()) {
      return;
    }
    if (!folder || !Files.isRegularFile(target.resolve(SAVED_MODEL))) {
      throw new TargetExistsException(
          target, "something that is no SavedModel", "a new or empty folder, or a SavedModel");
    }
    if (!overwrite) {
      throw new TargetExistsException(target, "a SavedModel", "a new folder, or --overwrite");
    }
  }

  private static void save(ServingGraph graph, TensorFile weights, Path prefix) {
    ConfigProto onCpu = ConfigProto.newBuilder().putDeviceCount("GPU", 0).build();
    try (Session session = new Session(graph.graph(), onCpu);
        TString name = TString.scalarOf(prefix.toString())) {
      VariableState.load(session, graph.variables(), weights);
      session
          .runner()
          .feed(graph.saver().filename(), name)
          .addTarget(graph.saver().saved())
          .run()
          .close();
    }
  }

  private void write(Path file, String text) throws IOException {
    write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  private void write(Path file, byte[] bytes) throws IOException {
    try (OutputStream out = files.create(file)) {
      out.write(bytes);
    }
  }
}
