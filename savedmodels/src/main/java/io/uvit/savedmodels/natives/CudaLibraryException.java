package io.uvit.savedmodels.natives;

/** A library of CUDA on the class path that could not be opened. */
public final class CudaLibraryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String library;

  /**
   * @param library its name
   * @param found what is there instead
   * @param wanted what would do
   * @param cause what led here; null if nothing was thrown
   */
  public CudaLibraryException(String library, String found, String wanted, Throwable cause) {
    super("%s: found %s, wanted %s".formatted(library, found, wanted), cause);
    this.library = library;
  }

  /** The name of the library, such as {@code libcudnn.so.9}. */
  public String library() {
    return library;
  }
}
