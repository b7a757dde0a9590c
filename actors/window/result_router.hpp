// Which sinks of a pipeline a result does not go to: those that get transitions
// of alarms only, and those of `to:` whose `when:` is not true. The condition sees what leaves: the members
// of "values" in the record itself, whatever window made it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actors/transform/expression.hpp"
#include "actors/transform/text_scratch.hpp"
#include "actors/window/plan.hpp"
#include "messages/checkpoint.hpp"
#include "messages/errors.hpp"

namespace sluice {

// Not thread safe.
class result_router {
public:
  // `unconditional`: the pipeline has readers beside these, so that every
  // result goes somewhere. `never`: the sinks that get no result, with commas. Errors (ec::invalid): a
  // condition that does not compile.
  static outcome<result_router> make(const std::vector<conditional_sink>& conditions, bool unconditional,
                                     std::string never = {});

  // Fills in not_to. Returns false iff the result goes to nobody. A condition
  // that is missing, or whose field has the wrong type, is not true.
  bool route(result_record& result);

private:
  struct rule {
    std::string sink;
    expression test;
    std::vector<std::uint16_t> where; // in names_
  };
  void read(std::string_view json);
  void take(std::string_view name, std::string_view value);

  std::vector<rule> rules_;
  std::string never_;
  bool unconditional_ = false;
  std::vector<std::string> names_; // of the values that conditions read
  std::vector<slot> values_;
  std::vector<value_type> types_;
  std::string texts_; // of the values
  std::string device_;
  std::int64_t time_ms_ = 0;
  text_scratch scratch_;
};

} // namespace sluice
