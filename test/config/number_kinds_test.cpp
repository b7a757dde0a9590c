#include "config/number_kinds.hpp"

#include <doctest/doctest.h>

using namespace sluice::config;

namespace {

struct read_back {
  double value = -1;
  std::string errors, printed;
};

read_back read(const option_kind<double>& kind, const std::string& text) {
  report out;
  secret_values secrets;
  reader in{out, secrets};
  read_back made;
  auto node = yaml_node::scalar(text);
  node.at = {"f", 1, 1};
  kind.read(node, made.value, "a.b", {"b", "", "0.5"}, in);
  made.errors = out.text();
  made.printed = kind.print(made.value, secrets).text;
  return made;
}

} // namespace

TEST_CASE("a number is finite and within its bounds") {
  const auto kind = number(0, 10);
  for (const auto* text : {"0", "10", "0.001", "1e-5", "2.5"}) {
    CAPTURE(text);
    const auto made = read(kind, text);
    CHECK(made.errors == "");
    CHECK(read(kind, made.printed).value == made.value);
  }
  CHECK(read(kind, "10.1").errors ==
        "f:1:1: error: a.b is out of bounds (got \"10.1\", want a number from 0 to 10)\n");
  for (const auto* text : {"", "x", "1x", "nan", "inf", "20%", "0x1"}) {
    CAPTURE(text);
    const auto made = read(kind, text);
    CHECK(made.errors.find("f:1:1: error: a.b is ") == 0);
    CHECK(made.value == -1);
  }
}

TEST_CASE("a share is a number or a percentage") {
  const auto kind = share(0, 0.9);
  CHECK(read(kind, "20%").value == doctest::Approx(0.2));
  CHECK(read(kind, "0.2").value == doctest::Approx(0.2));
  CHECK(read(kind, "20%").printed == "20%");
  CHECK(read(kind, "91%").errors ==
        "f:1:1: error: a.b is out of bounds (got \"91%\", want a share from 0% to 90%)\n");
  CHECK(read(kind, "%").errors != "");
}
