// Any text as an expression: the compiler never crashes and names a place
// inside the text; what compiles gives the type it promised over rows of every
// type, the same twice, and no text beyond its room.
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string_view>
#include <vector>

#include "actors/transform/expression.hpp"
#include "actors/transform/text_scratch.hpp"

namespace {

using namespace sluice;

constexpr char arena[] = "north-7\xc3\xa4\xe2\x82\xac";
struct any_value {
  value_type type;
  slot value;
};
const any_value samples[] = {{value_type::missing, slot{}},
                             {value_type::number, slot::of(21.5)},
                             {value_type::integer, slot::of(std::int64_t{-7})},
                             {value_type::boolean, slot::of(true)},
                             {value_type::text, slot::text(0, sizeof arena - 1)},
                             {value_type::integer, slot::of(INT64_MIN)},
                             {value_type::number, slot::of(1e300)}};

bool promised(value_type said, value_type got) {
  return got == value_type::missing || said == value_type::missing || said == got ||
         (said == value_type::number && got == value_type::integer);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto made = expression::compile(text, nullptr);
  if (!made) {
    if (made.error().offset > text.size() || made.error().text.empty()) std::abort();
    return 0;
  }
  const auto fields = made->fields().size();
  std::vector<slot> values(fields);
  std::vector<value_type> types(fields);
  text_scratch scratch;
  for (std::size_t turn = 0; turn < std::size(samples); ++turn) {
    for (std::size_t i = 0; i < fields; ++i) {
      const auto& sample = samples[(i * 3 + turn) % std::size(samples)];
      values[i] = sample.value, types[i] = sample.type;
    }
    expression_inputs in;
    in.values = values.data(), in.types = types.data(), in.arena = arena, in.scratch = &scratch;
    in.device = "room-1", in.time_ms = 1774747800000, in.received_ms = 1774747800250;
    scratch.clear();
    const auto first = made->evaluate(in);
    if (!first.type_error && !promised(made->type(), first.type)) std::abort();
    if (first.type == value_type::text) {
      const bool made_text = place_of(first.value) == text_place::scratch;
      const auto room = made_text ? text_scratch::room : sizeof arena - 1;
      if (first.value.text_offset() + length_of(first.value) > room) std::abort();
    }
    scratch.clear();
    const auto again = made->evaluate(in);
    if (first.type != again.type || first.type_error != again.type_error ||
        (first.type != value_type::missing && first.value.bits != again.value.bits))
      std::abort();
  }
  return 0;
}
