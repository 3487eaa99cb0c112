package dev.lanewise.server.http;

import io.helidon.common.configurable.Resource;
import io.helidon.common.pki.Keys;
import io.helidon.common.tls.Tls;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What the server proves with who it is, in PEM.
 *
 * @param certificate its certificate, followed by those that certify it
 * @param key the private key of its certificate, without a passphrase
 */
public record TlsFiles(Path certificate, Path key) {
  /**
   * Reads the files.
   *
   * @throws IOException if there is no such file, or it is not readable
   * @throws IllegalArgumentException if there is no certificate or key in it, or the two do not
   *     belong together
   */
  public Tls load() throws IOException {
    List<X509Certificate> chain = certificates();
    PrivateKey privateKey = privateKey();
    if (!belongTogether(privateKey, chain.getFirst())) {
      throw new IllegalArgumentException(
          "%s: not the private key of the certificate in %s".formatted(key, certificate));
    }
    return Tls.builder().privateKey(privateKey).privateKeyCertChain(chain).build();
  }

  private List<X509Certificate> certificates() throws IOException {
    Resource content = Resource.create("certificate", read(certificate));
    try {
      return Keys.builder().pem(pem -> pem.certChain(content)).build().certChain();
    } catch (RuntimeException wrong) {
      throw new IllegalArgumentException(certificate + ": no X.509 certificate in PEM", wrong);
    }
  }

  private PrivateKey privateKey() throws IOException {
    Resource content = Resource.create("key", read(key));
    try {
      return Keys.builder().pem(pem -> pem.key(content)).build().privateKey().orElseThrow();
    } catch (RuntimeException wrong) {
      throw new IllegalArgumentException(
          key
              + ": no RSA or EC key in PEM without a passphrase; "
              + "'openssl pkcs8 -topk8 -nodes' converts other forms",
          wrong);
    }
  }

  private static byte[] read(Path file) throws IOException {
    try {
      return Files.readAllBytes(file);
    } catch (FileSystemException named) {
      throw named;
    } catch (IOException unreadable) { // a folder
      throw new IOException(file + ": cannot be read", unreadable);
    }
  }

  /** Whether the certificate's key verifies what the private key signs. */
  private static boolean belongTogether(PrivateKey key, X509Certificate certificate) {
    byte[] message = {1};
    try {
      String algorithm = key.getAlgorithm().equals("EC") ? "ECDSA" : key.getAlgorithm();
      Signature signature = Signature.getInstance("SHA256with" + algorithm);
      signature.initSign(key);
      signature.update(message);
      byte[] signed = signature.sign();
      signature.initVerify(certificate.getPublicKey());
      signature.update(message);
      return signature.verify(signed);
    } catch (GeneralSecurityException ofOtherKinds) {
      return false;
    }
  }
}
