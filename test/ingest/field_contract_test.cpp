// What a field must be: type, unit, range.
#include <doctest/doctest.h>

#include "actors/ingest/decode/units.hpp"
#include "test/ingest/format_fixture.hpp"

using namespace sluice;

namespace {

decode_options with(field_path f) {
  decode_options o;
  o.json.fields = {std::move(f)};
  return o;
}

std::string of(format_fixture& f, const std::string& value) {
  return f.decode("{\"t\":" + value + "}");
}

} // namespace

TEST_CASE("a declared type takes what is one, and nothing else") {
  struct row {
    value_type type;
    const char *value, *want; // "" = field.type
  };
  for (const auto& r : {row{value_type::number, "1", "t=1d"},
                        row{value_type::number, "1.5", "t=1.5d"},
                        row{value_type::number, "\" 21.5 \"", "t=21.5d"},
                        row{value_type::number, "\"x\"", ""},
                        row{value_type::number, "true", ""},
                        row{value_type::number, "\"\"", ""},
                        row{value_type::number, "{}", ""},
                        row{value_type::number, "[]", ""},
                        row{value_type::integer, "1", "t=1"},
                        row{value_type::integer, "21.0", "t=21"},
                        row{value_type::integer, "21.5", ""},
                        row{value_type::integer, "1e300", ""},
                        row{value_type::integer, "\"7\"", "t=7"},
                        row{value_type::boolean, "true", "t=true"},
                        row{value_type::boolean, "0", "t=false"},
                        row{value_type::boolean, "\"1\"", "t=true"},
                        row{value_type::boolean, "2", ""},
                        row{value_type::boolean, "\"yes\"", ""},
                        row{value_type::text, "\"a\"", "t=\"a\""},
                        row{value_type::text, "1.50", "t=\"1.5\""},
                        row{value_type::text, "true", "t=\"true\""},
                        row{value_type::number, "null", "missing"}}) {
    CAPTURE(r.value);
    field_path field{"t", "$.t"};
    field.type = r.type;
    format_fixture f(with(field));
    for (int round = 0; round < 2; ++round) { // the full way and the quick way
      const auto got = of(f, r.value);
      if (std::string(r.want).empty())
        CHECK(got.find("field.type at $.t: ") == 0);
      else
        CHECK(got ==
              "0 d-1@arrival" + (std::string(r.want) == "missing" ? "" : " " + std::string(r.want)) + "\n");
    }
  }
}

TEST_CASE("a field is converted into its unit, and its range holds there") {
  field_path field{"t", "$.t"};
  field.unit = "Cel", field.from = "degF", field.low = -40, field.high = 85;
  format_fixture f(with(field));
  CHECK(of(f, "77") == "0 d-1@arrival t=25d\n");
  CHECK(of(f, "-40") == "0 d-1@arrival t=-40d\n");
  CHECK(of(f, "\"77\"") == "0 d-1@arrival t=25d\n");
  CHECK(of(f, "186") ==
        "field.range at $.t: a number in -40 .. 85 expected, got 186 degF, the range is in Cel\n");
  CHECK(of(f, "1.7e308").find("field.range at $.t") == 0);
}

TEST_CASE("a bad value can be a missing one, and is counted") {
  field_path field{"t", "$.t"};
  field.type = value_type::integer, field.low = 0, field.missing_when_bad = true;
  format_fixture f(with(field));
  CHECK(of(f, "-1") == "0 d-1@arrival\n");
  CHECK(f.bad == 1);
  CHECK(of(f, "\"x\"") == "0 d-1@arrival\n");
  CHECK(f.bad == 1);
  CHECK(of(f, "5") == "0 d-1@arrival t=5\n");
  CHECK(f.bad == 0);
}

TEST_CASE("a contract holds whether or not a pipeline uses the field") {
  field_path field{"t", "$.t"};
  field.high = 10;
  format_fixture f(with(field), {}, false);
  CHECK(of(f, "11").find("field.range") == 0);
}

TEST_CASE("a range without a type leaves integers integers, and takes no text") {
  field_path field{"t", "$.t"};
  field.low = 0;
  format_fixture f(with(field));
  CHECK(of(f, "3") == "0 d-1@arrival t=3\n");
  CHECK(of(f, "3.5") == "0 d-1@arrival t=3.5d\n");
  CHECK(of(f, "\"3\"").find("field.type at $.t: a number in 0 .. expected") == 0);
}

TEST_CASE("two fields of one value have a contract each") {
  decode_options o;
  o.json.fields = {{"raw", "$.t"}, {"cel", "$.t"}};
  o.json.fields[1].unit = "Cel", o.json.fields[1].from = "degF";
  format_fixture f(o);
  CHECK(of(f, "77") == "0 d-1@arrival raw=77 cel=25d\n");
}

TEST_CASE("values that no field names are counted") {
  format_fixture f(with({"t", "$.t"}), {}, false);
  for (int round = 0; round < 2; ++round) {
    f.decode(R"({"t":1,"x":2,"y":null,"z":"a"})");
    CHECK(f.unknown == 2);
  }
  f.decode(R"({"t":1,"o":{"x":1}})");
  CHECK(f.unknown == 0);
}

TEST_CASE("units of one quantity are turned into each other and back") {
  for (const auto& name : unit_names()) {
    const auto* u = find_unit(name);
    REQUIRE(u);
    for (const auto& other : unit_names()) {
      const auto* v = find_unit(other);
      if (v->quantity != u->quantity) continue;
      CHECK(convert(convert(12.5, *u, *v), *v, *u) == doctest::Approx(12.5).epsilon(1e-12));
    }
  }
  const auto by = [](double x, const char* from, const char* to) {
    return convert(x, *find_unit(from), *find_unit(to));
  };
  CHECK(by(77, "degF", "Cel") == 25);
  CHECK(by(25, "Cel", "degF") == 77);
  CHECK(by(0, "Cel", "K") == 273.15);
  CHECK(by(1013.25, "hPa", "atm") == doctest::Approx(1));
  CHECK(by(1, "bar", "hPa") == 1000);
  CHECK(by(1, "ft", "m") == 0.3048);
  CHECK(by(36, "km/h", "m/s") == 10);
  CHECK(by(1, "kWh", "J") == 3.6e6);
  CHECK(by(50, "%", "/") == 0.5);
  CHECK(by(1, "mi", "km") == doctest::Approx(1.609344));
  CHECK(find_unit("parsec") == nullptr);
}
