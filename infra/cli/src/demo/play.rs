//! One day after the other: sellers, finance, customers and bad luck, each by the script and by what is already so.

use std::io::Write;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use tieout_sandbox::xero::InvoiceView;

use super::acts::Acts;
use super::deals::DEALS;
use super::error::DemoError;
use super::finance::Finance;
use super::news::News;
use super::people;
use super::progress::Counts;
use super::script::{Day, DealScript, Twist, day};
use super::sellers::Sellers;
use crate::stack::Stack;
use crate::stack::clock::StandingClock;

/// When each day begins, UTC: the timers of London and Berlin have fired.
const MORNING_H: i64 = 9;
/// How many days before it is won a deal is entered.
const OPEN_DAYS: u64 = 6;
/// Days until sellers correct a deal on the work list.
const MENDED_AFTER_DAYS: u64 = 3;
/// When finance approves the draft that it left over the month-end.
const HELD_UNTIL: Day = (2, 9);
/// When finance credits a part.
const CREDITED_ON: Day = (2, 20);
/// What it credits, without tax.
const CREDIT: Decimal = Decimal::from_parts(50_000, 0, 0, false, 2);
/// Days between two lines of progress.
const WEEK_DAYS: i64 = 7;
/// The day of Xero's outage.
const OUTAGE_ON: Day = (2, 17);
/// How long it lasts, from the morning on, in minutes.
const OUTAGE_MIN: i64 = 180;
/// How long before its end the late deals are won.
const LATE_MIN: i64 = 2;

/// A running demo.
pub struct Play<'a, W> {
    /// The stack.
    pub stack: &'a Stack,
    /// Its time.
    pub clock: &'a StandingClock,
    /// In Salesforce.
    pub sellers: Sellers,
    /// In Xero.
    pub finance: Finance,
    /// What is done already.
    pub acts: Acts,
    /// News that was printed already.
    pub news: News,
    /// Where progress is printed.
    pub out: &'a mut W,
}

impl<W: Write> Play<'_, W> {
    /// Plays a day.
    pub async fn day(&mut self, today: NaiveDate) -> Result<(), DemoError> {
        self.clock.jump(morning(today))?;
        for deal in DEALS {
            self.sell(deal, today)?;
        }
        let invoices = self.finance.invoices();
        let invoices: Vec<(String, InvoiceView)> = invoices.into_iter().map(|(entity, invoice)| (entity.to_owned(), invoice)).collect();
        for (index, deal) in DEALS.iter().enumerate() {
            let name = deal.name();
            if let Some((entity, invoice)) = invoices.iter().find(|(_, invoice)| invoice.reference == name) {
                self.follow(deal, index, entity, invoice, today)?;
            }
        }
        self.settle().await?;
        if today >= day(OUTAGE_ON) {
            self.outage(today).await?;
        }
        for line in self.news.look(&self.stack.deployment).await? {
            self.print(today, &self.sellers.named(&line))?;
        }
        let approvals = people::approve(&self.stack.deployment);
        for line in self.stack.running(self.clock, approvals).await?? {
            self.print(today, &line)?;
        }
        if (today - day((1, 1))).num_days() % WEEK_DAYS == WEEK_DAYS - 1 {
            let counts = Counts::of(self.stack, &self.sellers, &self.finance).await?;
            writeln!(self.out, "{today}  {counts}")?;
            self.out.flush()?;
        }
        Ok(())
    }

    /// Enters, wins and corrects a deal, as far as its days have come.
    fn sell(&mut self, deal: &DealScript, today: NaiveDate) -> Result<(), DemoError> {
        let won = day(deal.won);
        if today < won - Days::new(OPEN_DAYS) {
            return Ok(());
        }
        let id = self.sellers.open(deal)?;
        if today < won || matches!(deal.twist, Twist::EarlyInOutage | Twist::LateInOutage) {
            return Ok(());
        }
        if !self.sellers.is_won(&id) {
            self.trouble_salesforce(deal, &id, today)?;
            self.sellers.win(&id)?;
            return Ok(());
        }
        if today < won + Days::new(MENDED_AFTER_DAYS) {
            return Ok(());
        }
        match deal.twist {
            Twist::NoDates if self.sellers.enter_dates(&id, deal)? => {
                self.print(today, &format!("the seller of {} enters the missing service dates", deal.customer))
            }
            Twist::NoRule if self.sellers.correct_currency(&id, deal)? => self.print(
                today,
                &format!("the seller of {} corrects the currency that no rule matched", deal.customer),
            ),
            Twist::Edited => self.edit(deal, &id, today),
            _ => Ok(()),
        }
    }

    fn trouble_salesforce(&mut self, deal: &DealScript, id: &str, today: NaiveDate) -> Result<(), DemoError> {
        let Some(salesforce) = &self.stack.sandbox.salesforce else {
            return Ok(());
        };
        let news = match deal.twist {
            Twist::Doubled => {
                salesforce.double_next_messages(1)?;
                "Salesforce will send its message twice"
            }
            Twist::Lost => {
                salesforce.lose_next_messages(1)?;
                "Salesforce will lose its message; the sweep has to find the deal"
            }
            Twist::Locked => {
                salesforce.lock_rows(self.sellers.account_of(id).as_deref(), 1)?;
                "the customer's row is locked during the write-back"
            }
            Twist::NoDates => "won without service dates: it goes to the work list, with a proposal",
            Twist::NoRule => "won in a currency that no rule matches: it goes to the work list",
            _ => return Ok(()),
        };
        self.print(today, &format!("{}: {news}", deal.customer))
    }

    /// A change after booking, and its taking back.
    fn edit(&mut self, deal: &DealScript, id: &str, today: NaiveDate) -> Result<(), DemoError> {
        let back_on = day(deal.won) + Days::new(2 * MENDED_AFTER_DAYS);
        if !self.acts.is_done("edited") {
            self.sellers.set_quantity(id, deal, true)?;
            self.acts.note("edited")?;
            return self.print(
                today,
                &format!(
                    "the seller of {} doubles a quantity that is already booked: both versions go to the work list",
                    deal.customer
                ),
            );
        }
        if today >= back_on && !self.acts.is_done("set back") {
            self.sellers.set_quantity(id, deal, false)?;
            self.acts.note("set back")?;
            return self.print(today, &format!("the seller of {} sets the quantity back", deal.customer));
        }
        Ok(())
    }

    /// What finance and the customer do with an invoice, as far as its days have come.
    fn follow(&mut self, deal: &DealScript, index: usize, entity: &str, invoice: &InvoiceView, today: NaiveDate) -> Result<(), DemoError> {
        let days = Habit::of(deal, index);
        match invoice.status.as_str() {
            "DRAFT" if today >= days.authorised => {
                self.trouble_xero(deal, today)?;
                self.finance.authorise(entity, invoice)
            }
            "AUTHORISED" if deal.twist == Twist::Credited && invoice.amount_credited.is_zero() => {
                if today < day(CREDITED_ON) {
                    return Ok(());
                }
                self.finance.credit(entity, invoice, CREDIT, today)?;
                self.print(today, &format!("finance credits {CREDIT} {} of {}", invoice.currency, deal.name()))
            }
            "AUTHORISED" => match days.first_part {
                Some((part, on)) if invoice.amount_paid.is_zero() && today >= on => self.finance.pay(entity, invoice, part, today, "part"),
                _ if today >= days.paid => self.finance.pay(entity, invoice, 100, today, "rest"),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn trouble_xero(&mut self, deal: &DealScript, today: NaiveDate) -> Result<(), DemoError> {
        let Some(xero) = &self.stack.sandbox.xero else {
            return Ok(());
        };
        let news = match deal.twist {
            Twist::HeldDraft => "finance approves the draft that was left over the month-end",
            Twist::WebhookLost => {
                xero.lose_next_webhooks(1)?;
                "Xero will lose the webhook of the approval; the sweep has to find it"
            }
            Twist::WebhookDoubled => {
                xero.double_next_webhooks(1)?;
                "Xero will send the webhook of the approval twice"
            }
            _ => return Ok(()),
        };
        self.print(today, &format!("{}: {news}", deal.customer))
    }

    /// Xero is down for hours: what is won early becomes a dead letter and is replayed, what is won late is tried again until it is up.
    async fn outage(&mut self, today: NaiveDate) -> Result<(), DemoError> {
        let Some(xero) = self.stack.sandbox.xero.clone().filter(|_| !self.acts.is_done("outage")) else {
            return Ok(());
        };
        let end = self.stack.clock.now() + TimeDelta::minutes(OUTAGE_MIN);
        self.print(today, "Xero is down for three hours")?;
        xero.outage(true)?;
        self.win_in_outage(Twist::EarlyInOutage)?;
        self.settle().await?;
        self.clock.jump(end - TimeDelta::minutes(LATE_MIN))?;
        self.win_in_outage(Twist::LateInOutage)?;
        let up_again = |due: DateTime<Utc>| {
            if due >= end && xero.outage(false).is_err() {
                tracing::warn!("the outage could not be ended in time");
            }
        };
        self.stack.settle(self.clock, up_again).await?;
        self.clock.jump(end)?;
        xero.outage(false)?;
        for line in people::replay(self.stack).await? {
            self.print(today, &line)?;
        }
        self.settle().await?;
        self.acts.note("outage")?;
        Ok(())
    }

    fn win_in_outage(&mut self, twist: Twist) -> Result<(), DemoError> {
        for deal in DEALS.iter().filter(|deal| deal.twist == twist) {
            let id = self.sellers.open(deal)?;
            self.sellers.win(&id)?;
        }
        Ok(())
    }

    async fn settle(&self) -> Result<(), DemoError> {
        self.stack.settle(self.clock, |_| ()).await?;
        Ok(())
    }

    /// A line of what is worth telling.
    pub fn print(&mut self, today: NaiveDate, what: &str) -> Result<(), DemoError> {
        writeln!(self.out, "{today}    {what}")?;
        self.out.flush()?;
        Ok(())
    }
}

/// The morning of a day.
pub fn morning(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(MORNING_H)
}

/// When an invoice is approved and paid.
struct Habit {
    authorised: NaiveDate,
    /// Percent of what is due, and when; none where all is paid at once.
    first_part: Option<(u32, NaiveDate)>,
    paid: NaiveDate,
}

impl Habit {
    /// From the deal's index in the script: one or two days to approve, two to eleven weeks to pay.
    fn of(deal: &DealScript, index: usize) -> Self {
        let won = day(deal.won);
        let after = |days: u64| won + Days::new(days);
        let authorised = if deal.twist == Twist::HeldDraft {
            day(HELD_UNTIL)
        } else {
            after(1 + u64::from(index % 2 == 1))
        };
        let (first_part, paid) = match index % 5 {
            0 => (None, after(14)),
            1 => (None, after(28)),
            2 => (Some((40, after(15))), after(35)),
            3 => (None, after(45)),
            _ => (Some((25, after(30))), after(75)),
        };
        Self {
            authorised,
            first_part,
            paid,
        }
    }
}
