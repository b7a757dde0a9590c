// From the options of a model to the parameters of XGBoost, by its own names.
#include "actors/learn/boosting_plan.hpp"

namespace sluice {

namespace {

void add(const linear_options& o, boosting& to) {
  // coord_descent goes through the features in their order; the default, shotgun, is another one each time
  to.parameters.insert(to.parameters.end(), {{"booster", "gblinear"},
                                             {"updater", "coord_descent"},
                                             {"feature_selector", "cyclic"},
                                             {"eta", number_text(o.learning_rate)},
                                             {"lambda", number_text(o.l2)},
                                             {"alpha", number_text(o.l1)}});
  to.rounds = o.rounds;
  to.stop_after = o.stop_after;
}

void add_tree(const tree_options& o, boosting& to) {
  to.parameters.insert(to.parameters.end(), {{"booster", "gbtree"},
                                             {"tree_method", "exact"},
                                             {"max_depth", std::to_string(o.depth)},
                                             {"min_child_weight", number_text(o.min_weight)},
                                             {"lambda", number_text(o.l2)}});
}

void add(const decision_tree_options& o, boosting& to) {
  add_tree(o, to);
  to.parameters.emplace_back("eta", "1");
}

void add(const random_forest_options& o, boosting& to) {
  add_tree(o, to);
  to.parameters.insert(to.parameters.end(), {{"eta", "1"},
                                             {"num_parallel_tree", std::to_string(o.trees)},
                                             {"subsample", number_text(o.row_share)},
                                             {"colsample_bynode", number_text(o.feature_share)}});
}

void add(const boosted_trees_options& o, boosting& to) {
  add_tree(o, to);
  to.parameters.insert(to.parameters.end(), {{"eta", number_text(o.learning_rate)},
                                             {"alpha", number_text(o.l1)},
                                             {"gamma", number_text(o.min_gain)},
                                             {"subsample", number_text(o.row_share)},
                                             {"colsample_bytree", number_text(o.feature_share)}});
  to.rounds = o.rounds;
  to.stop_after = o.stop_after;
}

void add(const text_options&, boosting&) {}
void add(const xgboost_options&, boosting&) {}

} // namespace

boosting boosting_of(const model_options& m, std::size_t classes) {
  boosting made;
  made.parameters = {{"objective", classes == 0   ? "reg:squarederror"
                                   : classes == 2 ? "binary:logistic"
                                                  : "multi:softprob"},
                     {"seed", std::to_string(m.seed)},
                     {"nthread", "1"}};
  if (classes > 2) made.parameters.emplace_back("num_class", std::to_string(classes));
  std::visit([&](const auto& kind) { add(kind, made); }, m.kind);
  return made;
}

} // namespace sluice
