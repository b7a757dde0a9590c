#include "app/verbs/verbs.hpp"

#include <memory>

#include <CLI/CLI.hpp>

#include "app/changed_pipelines.hpp"
#include "app/verbs/dlq.hpp"
#include "app/verbs/explain.hpp"
#include "app/verbs/init.hpp"
#include "app/verbs/journal.hpp"
#include "app/verbs/lint.hpp"
#include "app/verbs/replay.hpp"
#include "app/verbs/run.hpp"
#include "app/verbs/schema.hpp"
#include "app/verbs/simulate.hpp"
#include "app/verbs/status.hpp"
#include "app/verbs/test.hpp"
#include "app/verbs/train.hpp"
#include "app/verbs/version.hpp"

namespace sluice {

namespace {

void add_lint(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<lint_arguments>();
  arguments->compare_state = compare_with_state;
  declare_lint(app, *arguments)->callback([arguments, &exit_code] { exit_code = lint_verb(*arguments); });
}

} // namespace

void add_all_verbs(CLI::App& app, int& exit_code) {
  add_run(app, exit_code);
  add_lint(app, exit_code);
  add_init(app, exit_code);
  add_test(app, exit_code);
  add_explain(app, exit_code);
  add_schema(app, exit_code);
  add_status(app, exit_code);
  add_simulate(app, exit_code);
  add_replay(app, exit_code);
  add_train(app, exit_code);
  add_journal(app, exit_code);
  add_dlq(app, exit_code);
  add_version(app, exit_code);
}

} // namespace sluice
