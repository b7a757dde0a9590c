// Name look-up, TCP connect and TLS handshake with an error text for each way they fail.
#include "actors/client/byte_stream.hpp"

#include <cerrno>
#include <cstring>
#include <memory>

#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice {

namespace {

using clock = std::chrono::steady_clock;

struct addresses {
  addrinfo* first = nullptr;
  ~addresses() {
    if (first) freeaddrinfo(first);
  }
};

struct descriptor {
  int fd = -1;
  ~descriptor() {
    if (fd >= 0) close(fd);
  }
};

outcome<void> look_up(const broker_url& at, addresses& out) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  const int rc = getaddrinfo(at.host.c_str(), std::to_string(at.port).c_str(), &hints, &out.first);
  if (rc == 0) return {};
  return fail(ec::connection_lost, at.text() + ": the host name cannot be resolved: " +
                                       (rc == EAI_SYSTEM ? std::strerror(errno) : gai_strerror(rc)));
}

// Waits for `events` on `fd`; false when `deadline` passed first.
bool wait_for(int fd, short events, clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
    if (left <= 0) return false;
    pollfd one{fd, events, 0};
    const int n = poll(&one, 1, static_cast<int>(left));
    if (n > 0) return true;
    if (n < 0 && errno != EINTR) return false;
  }
}

// Connects to the first address that answers; 0 or an errno.
int open_socket(const addresses& all, clock::time_point deadline, descriptor& out) {
  int last = ECONNREFUSED;
  for (const auto* a = all.first; a; a = a->ai_next) {
    descriptor s{socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol)};
    if (s.fd < 0) {
      last = errno;
      continue;
    }
    if (connect(s.fd, a->ai_addr, a->ai_addrlen) != 0 && errno != EINPROGRESS) {
      last = errno;
      continue;
    }
    if (!wait_for(s.fd, POLLOUT, deadline)) return ETIMEDOUT;
    const int yes = 1; // whoever writes here has gathered already
    setsockopt(s.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    socklen_t size = sizeof(last);
    getsockopt(s.fd, SOL_SOCKET, SO_ERROR, &last, &size);
    if (last == 0) {
      std::swap(out.fd, s.fd);
      return 0;
    }
  }
  return last;
}

std::string reason_of_queue(const char* otherwise) {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code ? ERR_reason_error_string(code) : nullptr;
  return reason ? reason : otherwise;
}

// "*.example.org, 10.0.0.1": what the server's certificate is for.
std::string names_of(X509* certificate) {
  std::string out;
  if (!certificate) return out;
  auto* names =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_DNS) continue;
    out += (out.empty() ? "" : ", ");
    out.append(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
               static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  GENERAL_NAMES_free(names);
  return out;
}

// Verifies as OpenSSL does and keeps the names of a certificate that fails: afterwards it cannot be had any
// more.
int verify_and_note(X509_STORE_CTX* store, void* names) {
  const int good = X509_verify_cert(store);
  if (good != 1) *static_cast<std::string*>(names) = names_of(X509_STORE_CTX_get0_cert(store));
  return good;
}

std::string verify_text(long result, const broker_url& at, const tls_options& tls, const std::string& names) {
  switch (result) {
  case X509_V_ERR_HOSTNAME_MISMATCH:
  case X509_V_ERR_IP_ADDRESS_MISMATCH:
    return "the server's certificate is not for this host (got a certificate for " +
           (names.empty() ? "no host name" : names) + ", want " + at.host + ")";
  case X509_V_ERR_CERT_HAS_EXPIRED:
    return "the server's certificate has expired";
  case X509_V_ERR_CERT_NOT_YET_VALID:
    return "the server's certificate is not yet valid";
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
  case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    return "the server's certificate is not signed by " +
           (tls.ca_file.empty() ? "a CA of the system's trust store" : "the CA in " + tls.ca_file) + " (" +
           X509_verify_cert_error_string(result) + ")";
  default:
    return std::string("the server's certificate was not accepted: ") + X509_verify_cert_error_string(result);
  }
}

using context_ptr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using session_ptr = std::unique_ptr<SSL, decltype(&SSL_free)>;

// Loads what `tls` names into `context`; the error names the file.
outcome<void> load_files(SSL_CTX* context, const tls_options& tls) {
  const auto unreadable = [](const std::string& what, const std::string& file) {
    return fail(ec::invalid, what + " " + file + " cannot be used: " + reason_of_queue("unknown reason"));
  };
  if (tls.ca_file.empty())
    SSL_CTX_set_default_verify_paths(context);
  else if (SSL_CTX_load_verify_locations(context, tls.ca_file.c_str(), nullptr) != 1)
    return unreadable("the CA file", tls.ca_file);
  if (!tls.cert_file.empty() && SSL_CTX_use_certificate_chain_file(context, tls.cert_file.c_str()) != 1)
    return unreadable("the client certificate", tls.cert_file);
  const auto& key = tls.key_file.empty() ? tls.cert_file : tls.key_file;
  if (!key.empty() && SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    return unreadable("the private key", key);
  return {};
}

} // namespace

struct byte_stream::impl {
  descriptor socket;
  context_ptr context{nullptr, SSL_CTX_free};
  session_ptr ssl{nullptr, SSL_free};

  outcome<void> handshake(const broker_url& at, const tls_options& tls, clock::time_point deadline);
  // What a call of OpenSSL that returned `rc` means for the caller: 0 = wait, -1 = over.
  std::ptrdiff_t meaning(int rc) {
    const int kind = SSL_get_error(ssl.get(), rc);
    return kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE ? 0 : -1;
  }
};

outcome<void> byte_stream::impl::handshake(const broker_url& at, const tls_options& tls,
                                           clock::time_point deadline) {
  ERR_clear_error();
  context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context.get(), tls.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  std::string names;
  SSL_CTX_set_cert_verify_callback(context.get(), verify_and_note, &names);
  if (auto loaded = load_files(context.get(), tls); !loaded) return loaded;
  ssl.reset(SSL_new(context.get()));
  auto* wanted = SSL_get0_param(ssl.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, at.host.c_str()) != 1) {
    ERR_clear_error();
    X509_VERIFY_PARAM_set1_host(wanted, at.host.c_str(), 0);
    SSL_set_tlsext_host_name(ssl.get(), at.host.c_str());
  }
  SSL_set_fd(ssl.get(), socket.fd);
  for (;;) {
    const int rc = SSL_connect(ssl.get());
    if (rc == 1) break;
    const int kind = SSL_get_error(ssl.get(), rc);
    if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) {
      if (wait_for(socket.fd, kind == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline)) continue;
      return fail(ec::timeout, at.text() + ": no answer to the TLS handshake");
    }
    const auto result = SSL_get_verify_result(ssl.get());
    if (tls.verify && result != X509_V_OK)
      return fail(ec::refused, at.text() + ": " + verify_text(result, at, tls, names));
    return fail(ec::refused, at.text() + ": TLS: " + reason_of_queue("the server closed the connection"));
  }
  // Never called again: a session that is renegotiated or resumed is not made here, and `names` ends here.
  SSL_CTX_set_cert_verify_callback(context.get(), nullptr, nullptr);
  return {};
}

byte_stream::byte_stream() : impl_(std::make_unique<impl>()) {}
byte_stream::byte_stream(byte_stream&&) noexcept = default;
byte_stream& byte_stream::operator=(byte_stream&&) noexcept = default;
byte_stream::~byte_stream() = default;

outcome<byte_stream> byte_stream::open(const broker_url& at, const tls_options& tls,
                                       std::chrono::milliseconds timeout) {
  const auto deadline = clock::now() + timeout;
  addresses found;
  if (auto ok = look_up(at, found); !ok) return tl::unexpected(ok.error());
  byte_stream made;
  if (const int rc = open_socket(found, deadline, made.impl_->socket); rc != 0) {
    if (rc == ETIMEDOUT) return fail(ec::timeout, at.text() + ": no answer to the TCP connect");
    return fail(ec::connection_lost, at.text() + ": " + std::strerror(rc));
  }
  if (at.tls)
    if (auto ok = made.impl_->handshake(at, tls, deadline); !ok) return tl::unexpected(ok.error());
  return made;
}

int byte_stream::fd() const noexcept {
  return impl_->socket.fd;
}

std::ptrdiff_t byte_stream::read(char* to, std::size_t size) {
  if (impl_->ssl) {
    ERR_clear_error();
    const int n = SSL_read(impl_->ssl.get(), to, static_cast<int>(size));
    return n > 0 ? n : impl_->meaning(n);
  }
  const auto n = recv(impl_->socket.fd, to, size, 0);
  if (n > 0) return n;
  return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? 0 : -1;
}

std::ptrdiff_t byte_stream::write(const char* from, std::size_t size) {
  if (impl_->ssl) {
    ERR_clear_error();
    const int n = SSL_write(impl_->ssl.get(), from, static_cast<int>(size));
    return n > 0 ? n : impl_->meaning(n);
  }
  const auto n = send(impl_->socket.fd, from, size, MSG_NOSIGNAL);
  if (n > 0) return n;
  return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? 0 : -1;
}

outcome<void> resolve(const broker_url& at) {
  addresses found;
  return look_up(at, found);
}

outcome<void> probe(const broker_url& at, const tls_options& tls, std::chrono::milliseconds timeout) {
  auto stream = byte_stream::open(at, tls, timeout);
  if (!stream) return tl::unexpected(stream.error());
  if (!at.tls) return {};
  // In TLS 1.3 a server refuses our certificate after the handshake only: one read shows it.
  char byte;
  ERR_clear_error();
  if (wait_for(stream->fd(), POLLIN, clock::now() + std::chrono::milliseconds(250)) &&
      stream->read(&byte, 1) < 0 && ERR_peek_last_error() != 0)
    return fail(ec::refused, at.text() + ": TLS: " + reason_of_queue("the server closed the connection"));
  return {};
}

} // namespace sluice
