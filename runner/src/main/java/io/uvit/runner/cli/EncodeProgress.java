package io.uvit.runner.cli;

import io.uvit.runner.encode.EncodeListener;
import io.uvit.runner.features.FeatureManifest;
import io.uvit.runner.metrics.Progress;
import io.uvit.runner.metrics.ProgressStyle;
import java.util.Optional;

/** Shows how far {@code uvit encode} is. */
final class EncodeProgress implements EncodeListener, AutoCloseable {
  private final Console console;
  private final FeatureManifest manifest;
  private Optional<Progress> line = Optional.empty();
  private long shown;
  private int done;
  private int toDo;

  EncodeProgress(Console console, FeatureManifest manifest) {
    this.console = console;
    this.manifest = manifest;
  }

  @Override
  public void started(int shardsToDo, long itemsToDo, int shardsThere) {
    toDo = shardsToDo;
    console.note(
        "%,d of %,d shards are there, making %,d (%,d items)"
            .formatted(shardsThere, manifest.shards(), shardsToDo, itemsToDo));
    if (itemsToDo > 0) {
      ProgressStyle style = ProgressStyle.of(console.terminal(), System.getenv());
      long images = itemsToDo / manifest.views();
      line = Optional.of(new Progress(console.err(), style, "encode", 0, images));
    }
  }

  @Override
  public void encoded(long items) {
    long images = items / manifest.views();
    line.ifPresent(l -> l.update(images, images - shown, "shard " + done + "/" + toDo));
    shown = images;
  }

  @Override
  public void shardDone(int shard, boolean ours) {
    done++;
    if (!ours) {
      line.ifPresent(l -> l.note("shard " + shard + " was made by another process meanwhile"));
    }
  }

  @Override
  public void close() {
    line.ifPresent(Progress::close);
  }
}
