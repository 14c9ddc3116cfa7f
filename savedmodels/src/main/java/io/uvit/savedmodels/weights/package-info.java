/**
 * Weight files: safetensors, PyTorch {@code .pth} (zip and legacy) and numpy {@code .npy}/{@code
 * .npz}, read by memory mapping and written as streams. A file's content is data only: nothing in
 * it is ever executed, and every size it declares is checked before it is believed.
 *
 * <p>May import the JDK and gson. No TensorFlow types.
 */
package io.uvit.savedmodels.weights;
