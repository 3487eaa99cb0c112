package dev.lanewise.server.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.stream.Stream;

/**
 * Resolves names as Java does, and never asks for the name of an address: Helidon would do so for
 * each TLS connection, and while a name server does not answer, the thread that carries virtual
 * threads waits with it. The Java platform finds this class by {@code META-INF/services}.
 */
public final class NoReverseLookups extends InetAddressResolverProvider {
  @Override
  public String name() {
    return "no reverse lookups";
  }

  @Override
  public InetAddressResolver get(Configuration configuration) {
    InetAddressResolver builtin = configuration.builtinResolver();
    return new InetAddressResolver() {
      @Override
      public Stream<InetAddress> lookupByName(String host, LookupPolicy policy)
          throws UnknownHostException {
        return builtin.lookupByName(host, policy);
      }

      @Override
      public String lookupByAddress(byte[] address) throws UnknownHostException {
        throw new UnknownHostException("addresses have no names here");
      }
    };
  }
}
