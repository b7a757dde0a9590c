// What XGBoost is asked for.
#pragma once

#include "actors/learn/model_options.hpp"
#include "actors/predict/booster.hpp"

namespace sluice {

// By the library's own names; `classes` = 0: a regression. Of kinds that XGBoost trains.
boosting boosting_of(const model_options& m, std::size_t classes);

} // namespace sluice
