//! Panics: the ordered ones are silent, the product's own are noted, wherever they are caught.

use std::cell::RefCell;
use std::panic;
use std::sync::Once;

use crate::wire::ORDERED_PANIC;

thread_local! {
    static NOTED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Notes the panics of all threads from now on.
pub fn note() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let payload = info.payload();
            let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
            if text == ORDERED_PANIC {
                return;
            }
            let location = info.location().map(ToString::to_string).unwrap_or_default();
            NOTED.with_borrow_mut(|noted| noted.push(format!("{location}: {text}")));
            usual(info);
        }));
    });
}

/// The panics of this thread since the last time.
pub fn taken() -> Vec<String> {
    NOTED.take()
}
