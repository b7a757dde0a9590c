// Which rows are learned from and which judge what was learned. Functions of their arguments: equal seeds
// give equal parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice {

using row_list = std::vector<std::size_t>;

struct row_parts {
  row_list learn, judge;
};

// `rows` in a random order.
row_list shuffled(row_list rows, std::uint64_t seed);

// A share of `rows` to judge by: random ones, or with `times` (of every row of the table) the latest. Both
// parts in the order of `rows`. At least one row of two stays on each side.
row_parts split(const row_list& rows, double share, const std::vector<std::int64_t>* times,
                std::uint64_t seed);

// `count` divisions for cross-validation. Random: each row judges once; rows of one class (`classes`, of
// every row of the table, may be empty) are dealt out evenly. With `times`: the rows in their order are count
// + 1 blocks, and each block but the first is judged by what comes before it.
std::vector<row_parts> folds(const row_list& rows, std::size_t count, const std::vector<double>& classes,
                             const std::vector<std::int64_t>* times, std::uint64_t seed);

} // namespace sluice
