/**
 * Checkpoints that are whole or absent.
 *
 * <p>A checkpoint is a flat folder of named files with a {@code manifest.json} that lists each
 * file's size and SHA-256. {@link io.uvit.savedmodels.checkpoint.CheckpointStore} writes one into a
 * temporary folder, makes it durable and renames it into place; what is in the files is the
 * caller's business. {@link io.uvit.savedmodels.checkpoint.RunLock} keeps a run directory to one
 * process and {@link io.uvit.savedmodels.checkpoint.AtomicFiles} replaces small files atomically.
 *
 * <p>Every change to the file system goes through {@link io.uvit.savedmodels.checkpoint.FileOps},
 * so that tests can fail each operation in turn.
 *
 * <p>May import: the JDK and Gson. Knows nothing of TensorFlow, configs or the network.
 */
package io.uvit.savedmodels.checkpoint;
