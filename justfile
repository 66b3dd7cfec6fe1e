# Commands of this repository. `just` lists them; `cargo install just` or `pip install rust-just` gives the program.
# Each line is an ordinary command, so it can be run without it.

# List the commands.
default:
    @just --list --unsorted

# Play a quarter of a group on this machine and tie its books out.
demo:
    cargo run --release -- demo

# Keep the local stack running; its addresses are in .tieout/stack.json.
up:
    mkdir -p .tieout
    cargo run --release -- up --data .tieout/data --ready .tieout/stack.json

# Check, by compiling, one crate (`just check tieout-crm`) or all.
check crate="":
    cargo check --all-targets {{ if crate == "" { "--workspace" } else { "-p " + crate } }}

# Run the tests of one crate, or all; more arguments go to the test program.
test crate="" *arguments="":
    cargo test {{ if crate == "" { "--workspace" } else { "-p " + crate } }} {{ arguments }}

# Style, dependency rules, template: the quick tests of the repository as a whole.
tidy:
    cargo test -p tieout-tests --test repository -- --skip binaries:: --skip corpus::

# Format and lint as CI does.
lint:
    cargo fmt --all
    cargo clippy --workspace --all-targets --locked -- -D warnings

# All that CI runs, on a fresh clone; installs what it needs.
ci:
    .ci/run

# Check a configuration (`just doctor my/tieout.toml`).
doctor file="tieout.toml":
    cargo run --release -- doctor {{ file }}

# Compute a story, with its arithmetic.
explain story:
    cargo run --release -- explain {{ story }}

# The accounting engine beside DuckDB: W1 to W5 and a million contracts.
bench:
    cargo bench --profile lambda -p tieout-accounting --bench table

# One warm deal, message to draft; and parsing of outbound messages.
bench-deal:
    cargo bench -p tieout --bench deal_warm
    cargo bench -p tieout-crm --bench outbound

# Start-up, memory and package size of the functions as they are shipped.
bench-start:
    cargo build --profile lambda --target "$(rustc -vV | sed -n 's/host: //p')" -p salesforce-webhook -p xero-webhook -p deal-worker -p invoice-worker -p sweep -p billing -p month-end
    cargo bench -p tieout-tests --bench start_up

# The whole company under faults: so many seeds, or one again with `just simulate --seed 17 --trace`.
simulate *arguments="--seeds 1000":
    cargo run --release -p tieout-simulator --bin simulate -- {{ arguments }}

# Disable each guard in turn; the simulator has to see it.
guards:
    cargo run --release -p tieout-simulator --bin guards

# Fuzz one target for half an hour; needs `cargo install cargo-fuzz`. Targets: tests/fuzz/README.md.
[working-directory: "tests/fuzz"]
fuzz target="story":
    RUSTC_BOOTSTRAP=1 cargo fuzz build -s none --target-dir ../../target/fuzz {{ target }}
    mkdir -p work/{{ target }}
    nice -n 19 ../../target/fuzz/x86_64-unknown-linux-gnu/release/{{ target }} -fork=1 -ignore_crashes=1 -max_total_time=1800 \
        -max_len=16384 -artifact_prefix=work/ work/{{ target }} corpus/{{ target }}

# Mutation tests of the accounting engine; needs `cargo install cargo-mutants`.
mutants:
    cargo mutants -p tieout-accounting

# Build the functions for AWS as they are shipped; needs aws-sam-cli and cargo-lambda (docs/deploy.md).
release:
    CARGO_PROFILE_RELEASE_OPT_LEVEL=s CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 CARGO_PROFILE_RELEASE_STRIP=true sam build

# Check a configuration, build, and deploy to the AWS account of the environment.
deploy config *arguments="--guided": (doctor config)
    cp {{ config }} infra/configuration/tieout.toml
    just release
    sam deploy --capabilities CAPABILITY_IAM {{ arguments }}
