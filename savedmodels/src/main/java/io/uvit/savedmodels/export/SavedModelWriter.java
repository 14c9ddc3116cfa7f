package io.uvit.savedmodels.export;

import io.uvit.config.v1.Experiment;
import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.savedmodels.checkpoint.FileOps;
import io.uvit.savedmodels.weights.TensorFile;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Writes a network with its sampling programs as a TensorFlow SavedModel (docs/savedmodel.md,
 * docs/decisions/0009).
 *
 * <p>Tag {@code serve}; signatures {@code sample} (also as {@code serving_default}), {@code
 * sample_defaults}, {@code denoise} and {@code solve}, and of a model with its autoencoder {@code
 * encode} and {@code decode}. Weights are variables or constants, float32 or bfloat16 ({@link
 * WeightStorage}). Beside the model lie {@code assets.extra/experiment.textproto} and {@code
 * assets.extra/model_card.md}.
 */
public final class SavedModelWriter {
  /** The file that makes a folder a SavedModel. */
  public static final String SAVED_MODEL = SavedModelFolder.SAVED_MODEL;

  private final SavedModelFolder folder;

  /** A writer to the default file system. */
  public SavedModelWriter() {
    this(FileOps.system());
  }

  /** A writer through the given operations; TensorFlow writes the variables' files by itself. */
  public SavedModelWriter(FileOps files) {
    folder = new SavedModelFolder(files);
  }

  /** As the other method, with {@link WeightStorage#DEFAULT}. */
  public void write(
      Path target,
      boolean overwrite,
      Experiment experiment,
      TensorFile weights,
      Provenance provenance)
      throws IOException {
    write(target, overwrite, experiment, weights, provenance, WeightStorage.DEFAULT);
  }

  /**
   * Writes a model, whole or not at all.
   *
   * @param target the folder; missing parents are made
   * @param overwrite whether an existing SavedModel is replaced
   * @param experiment resolved; its model section describes the network
   * @param weights the official names and shapes, each exactly once; with tensors named {@link
   *     Autoencoder#PREFIX}..., the model shows its images by itself, else it gives latents
   * @param storage how the model keeps them
   * @throws TargetExistsException if the target exists and is not to be replaced, or is something
   *     else than a SavedModel or an empty folder
   * @throws ModelTooLargeException if the model is to be frozen and does not fit into one file
   * @throws io.uvit.savedmodels.state.StateDictException if the weights do not fit the network
   * @throws io.uvit.savedmodels.checkpoint.DiskFullException when there is no room
   */
  public void write(
      Path target,
      boolean overwrite,
      Experiment experiment,
      TensorFile weights,
      Provenance provenance,
      WeightStorage storage)
      throws IOException {
    checkTarget(target, overwrite);
    UViT model = new UViT(UViTConfig.of(experiment.getModel()));
    boolean withAutoencoder = hasAutoencoder(experiment, weights);
    if (storage.flavor() == SavedModelFlavor.FROZEN) {
      long ofAutoencoder = withAutoencoder ? Autoencoder.of(experiment).parameterCount() : 0;
      FrozenWeights.checkSize(model.parameterCount() + ofAutoencoder, storage.type());
    }
    folder.write(
        target,
        overwrite,
        experiment,
        ModelCard.text(experiment, model, provenance, storage, withAutoencoder),
        bundle -> {
          try (ServingGraph graph =
              new ServingGraph(model, experiment, storage, weights, withAutoencoder)) {
            graph.save(bundle);
            return MetaGraph.of(graph);
          }
        });
  }

  private static boolean hasAutoencoder(Experiment experiment, TensorFile weights) {
    return experiment.hasLatent()
        && weights.entries().keySet().stream().anyMatch(n -> n.startsWith(Autoencoder.PREFIX));
  }

  /** Refuses a target that this writer would not replace; cheap, so callers may ask early. */
  public static void checkTarget(Path target, boolean overwrite) throws IOException {
    SavedModelFolder.checkTarget(target, overwrite);
  }
}
