//! Random histories of contracts: a seed gives a story, with every kind of event, method, rounding and modification of the story format.

pub mod at_selling_prices;
pub mod changes;
pub mod dice;
pub mod facts;
pub mod runner;
pub mod terms;

use chrono::{Days, NaiveDate};
use dice::Dice;
use serde_json::{Value, json};
use terms::Obligation;
use tieout_accounting::contract::Contract;
use tieout_accounting::story::Story;
use tieout_accounting::{Book, Event, Period, Refusal};

/// One history in so many has hundreds of events.
const LONG_ONE_IN: u64 = 250;
/// Steps of a long history.
const LONG_STEPS: u64 = 500;

/// What histories may contain.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The contract's currency is not the ledger's.
    pub foreign: bool,
    /// Periods are closed and reopened in between, and facts become known late.
    pub closes: bool,
    /// Obligations without a price beforehand.
    pub metered: bool,
    /// Only what the reference model knows.
    pub simple: bool,
}

/// A story, and what the engine reads from it.
pub struct History {
    pub seed: u64,
    pub options: Options,
    pub story: Value,
    pub book: Book,
    pub events: Vec<Event>,
    /// How many of the events that were generated were refused, and left out.
    pub refused: usize,
}

/// An invoice as it was generated, in minor units.
pub struct Bill {
    pub number: String,
    pub lines: Vec<(String, i64)>,
    pub open: i64,
}

pub struct Builder {
    pub dice: Dice,
    pub options: Options,
    pub signed: NaiveDate,
    pub today: NaiveDate,
    pub decimals: u32,
    pub values: Vec<Value>,
    pub obligations: Vec<Obligation>,
    pub bills: Vec<Bill>,
    pub closed: Vec<Period>,
}

impl History {
    pub fn new(seed: u64, options: Options) -> Self {
        let mut dice = Dice(seed);
        let currencies: [(&str, u32); 4] = [("USD", 2), ("JPY", 0), ("KWD", 3), ("EUR", 2)];
        let (currency, decimals) = match options.foreign {
            true => *dice.pick(&currencies),
            false => *dice.pick(&[("GBP", 2), ("GBP", 2), ("JPY", 0), ("KWD", 3)]),
        };
        let ledger = if options.foreign { "GBP" } else { currency };
        let signed = NaiveDate::from_ymd_opt(2023, 1, 1).unwrap() + Days::new(dice.roll(1_500));
        let steps = if dice.one_in(LONG_ONE_IN) {
            100 + dice.roll(LONG_STEPS - 100)
        } else {
            dice.roll(30)
        };
        let mut builder = Builder {
            dice,
            options,
            signed,
            today: signed,
            decimals,
            values: Vec::new(),
            obligations: Vec::new(),
            bills: Vec::new(),
            closed: Vec::new(),
        };
        builder.sign(options.foreign.then_some(currency));
        let pace = if steps > 30 { 12 } else { 45 };
        (0..steps).for_each(|_| builder.step(pace));
        let story = json!({"story": format!("history-{seed}"), "ledger": {"currency": ledger}, "policy": builder.policy(), "rates": builder.rates(currency), "events": builder.values});
        Self::accepted(seed, options, story)
    }

    /// Leaves out the events that the engine refuses; none may be refused as a defect.
    fn accepted(seed: u64, options: Options, story: Value) -> Self {
        let mut history = Self::read(seed, options, story);
        while let Err(refusal) = history.contract() {
            assert!(!refusal.to_string().contains("defect"), "{refusal}\n{}", history.story);
            let Some(index) = history.index_of(&refusal) else {
                panic!("refused as a whole: {refusal}\n{}", history.story);
            };
            let refused = history.refused + 1;
            history = history.without(&[index]);
            history.refused = refused;
        }
        history
    }

    pub fn read(seed: u64, options: Options, story: Value) -> Self {
        let read = Story::parse(&story.to_string()).unwrap_or_else(|refusal| panic!("{refusal}\n{story}"));
        Self {
            seed,
            options,
            story,
            book: read.book,
            events: read.events,
            refused: 0,
        }
    }

    /// The same history with some events left out.
    pub fn without(&self, indices: &[usize]) -> Self {
        let mut history = Self {
            story: self.story.clone(),
            book: self.book.clone(),
            events: self.events.clone(),
            ..*self
        };
        let mut index = 0;
        let mut kept = || {
            index += 1;
            !indices.contains(&(index - 1))
        };
        history.events.retain(|_| kept());
        index = 0;
        history.story["events"].as_array_mut().unwrap().retain(|_| {
            index += 1;
            !indices.contains(&(index - 1))
        });
        history
    }

    /// The last event of the kind and day that a refusal names.
    fn index_of(&self, refusal: &Refusal) -> Option<usize> {
        let (kind, rest) = refusal.place.split_once(" of ")?;
        let on = rest.get(..10)?;
        let events = self.story["events"].as_array()?;
        events
            .iter()
            .rposition(|event| event["type"] == kind && event["on"] == on)
            .filter(|index| *index > 0)
    }

    pub fn contract(&self) -> Result<Contract, Refusal> {
        Contract::from_events(&"C1".into(), &self.events, &self.book)
    }

    /// Whether any event has a key, at any depth.
    pub fn has(&self, key: &str, value: impl Fn(&Value) -> bool + Copy) -> bool {
        fn within(json: &Value, key: &str, value: impl Fn(&Value) -> bool + Copy) -> bool {
            match json {
                Value::Object(object) => object
                    .iter()
                    .any(|(name, inner)| name == key && value(inner) || within(inner, key, value)),
                Value::Array(list) => list.iter().any(|inner| within(inner, key, value)),
                _ => false,
            }
        }
        within(&self.story["events"], key, value)
    }

    pub fn has_kind(&self, kind: &str) -> bool {
        self.has("type", |value| value == kind)
    }

    /// Places of the events of some kinds.
    pub fn indices_of(&self, kinds: &[&str]) -> Vec<usize> {
        let events = self.story["events"].as_array().unwrap();
        let of = |index: &usize| events[*index]["type"].as_str().is_some_and(|kind| kinds.contains(&kind));
        (0..events.len()).filter(of).collect()
    }

    /// An advance bears interest.
    pub fn financed(&self) -> bool {
        self.story["policy"]["financing"] == json!(true) && self.has("financing_rate", |_| true)
    }

    /// An invoice whose money depends on more than time: outside some identities.
    pub fn conditional(&self) -> bool {
        self.has("unconditional", |value| *value == json!(false))
    }
}

impl Builder {
    /// An amount as a story writes it.
    pub fn text(&self, minor: i64) -> String {
        let (sign, size) = (if minor < 0 { "-" } else { "" }, minor.unsigned_abs());
        let unit = 10u64.pow(self.decimals);
        match self.decimals {
            0 => format!("{sign}{size}"),
            width => format!("{sign}{}.{:0width$}", size / unit, size % unit, width = width as usize),
        }
    }

    /// A random amount: mostly usual, sometimes tiny, nothing or enormous.
    pub fn minor(&mut self, most: i64) -> i64 {
        match self.dice.roll(60) {
            0 => 0,
            1 => 1,
            2 => self.dice.between(1, 100),
            3 => self.dice.between(1, most * if self.options.simple { 10_000 } else { 1_000_000 }),
            _ => self.dice.between(1, most * 100),
        }
    }

    fn policy(&mut self) -> Value {
        let dice = &mut self.dice;
        let methods: Vec<&str> = terms::METHODS.iter().copied().filter(|method| *method != "user").collect();
        let remainders = ["cumulative", "cumulative", "cumulative", "last", "first", "last_full", "balance"];
        let coding = if self.options.simple {
            "liability"
        } else {
            *dice.pick(&["liability", "revenue"])
        };
        json!({
            "method": dice.pick(&methods), "rounding": dice.pick(&remainders), "round_half": dice.pick(&["away", "even"]),
            "revenue_coding": coding, "fx_layers": dice.pick(&["fifo", "fifo", "proportional"]), "financing": !self.options.simple && dice.one_in(4),
        })
    }

    fn rates(&mut self, currency: &str) -> Value {
        if !self.options.foreign {
            return json!([]);
        }
        let first = NaiveDate::from_ymd_opt(2022, 1, 1).unwrap();
        let lines = (0..12u64).map(|index| {
            let rate = match self.dice.roll(8) {
                0 => "1".to_owned(),
                1 => format!("0.00{}", 1 + self.dice.roll(9_999)),
                _ => format!("{}.{:04}", self.dice.roll(2), 1 + self.dice.roll(9_999)),
            };
            json!({"on": (first + Days::new(index * 211)).to_string(), "currency": currency, "rate": rate})
        });
        lines.collect()
    }
}
