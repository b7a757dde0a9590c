// The declaration of `tls:`.
#include "actors/client/tls_options.hpp"

#include "config/option_kinds.hpp"

namespace sluice {

using namespace config;

const options<tls_options>& tls_table() {
  static const auto table = [] {
    auto made = options<tls_options>("tls");
    made.add({"ca", "Certificates that may sign the server's, PEM; without it the system's.",
              "/etc/sluice/ca.pem"},
             &tls_options::ca_file, text(nullptr, "not empty", "path"))
        .add({"cert", "Our own certificate chain, PEM.", "/etc/sluice/client.pem"}, &tls_options::cert_file,
             text(nullptr, "not empty", "path"))
        .add({"key", "Its private key, PEM.", "/etc/sluice/client.key"}, &tls_options::key_file,
             text(nullptr, "not empty", "path"))
        .add({"verify", "Check the server's certificate and host name.", "true"}, &tls_options::verify,
             yes_or_no());
    made.check([](const yaml_node& map, const tls_options& tls, reader& in) {
      if (tls.cert_file.empty() != tls.key_file.empty())
        in.out.error(map.at, "tls.cert and tls.key belong together",
                     tls.key_file.empty() ? "cert only" : "key only", "both or none");
      if (!tls.verify)
        in.out.warning(
            map.value("verify")->at,
            "tls.verify is off: anybody between here and the broker can read and change everything");
    });
    return made;
  }();
  return table;
}

} // namespace sluice
