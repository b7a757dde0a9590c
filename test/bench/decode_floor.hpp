// The floors of `scripts/bench decode`: each decodes one payload by hand into numbers, adds them to `sum` and
// returns the number of events. Not thread safe.
#pragma once

#include <cstddef>
#include <string_view>

using decode_floor = std::size_t (*)(std::string_view payload, double& sum);

std::size_t floor_json(std::string_view payload, double& sum);
std::size_t floor_each(std::string_view payload, double& sum);
std::size_t floor_nested(std::string_view payload, double& sum);
std::size_t floor_lines(std::string_view payload, double& sum);
std::size_t floor_csv(std::string_view payload, double& sum);
std::size_t floor_delimited(std::string_view payload, double& sum);
std::size_t floor_value(std::string_view payload, double& sum);
std::size_t floor_senml(std::string_view payload, double& sum);
std::size_t floor_senml_object(std::string_view payload, double& sum);
std::size_t floor_raw(std::string_view payload, double& sum);
std::size_t floor_gzip(std::string_view payload, double& sum);
std::size_t floor_zstd(std::string_view payload, double& sum);
