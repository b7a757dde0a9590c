// The `sluice` command: one binary, one verb each for running, checking, looking and simulating.
#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>

#include "app/verbs/verbs.hpp"
#include "messages/exit_codes.hpp"

int main(int argc, char** argv) {
  int exit_code = sluice::exit_ok;
  try {
    CLI::App app("Sluice: exact event processing for IoT in one supervised process.", "sluice");
    app.require_subcommand(1);
    sluice::add_all_verbs(app, exit_code);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
      const int shown = app.exit(e); // prints help to stdout, errors to stderr
      return shown == 0 ? sluice::exit_ok : sluice::exit_usage;
    }
    return exit_code;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "sluice: %s\n", e.what());
    return sluice::exit_escalation;
  }
}
