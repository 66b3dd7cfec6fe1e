//! What an expression may be: short, about the deal only, made of functions that we know, without loops in loops in loops.

use cel::Program;
use cel::common::ast::{Expr, IdedExpr};

use super::DEAL;

/// The longest expression; also bounds the parser's stack.
pub const EXPRESSION_LENGTH_MAX_CHARS: usize = 1_000;
/// The most loops (`all`, `exists`, `exists_one`, `filter`, `map`) in one expression: a deal has up to hundreds of lines.
pub const LOOPS_MAX: usize = 2;

/// The deepest nesting of brackets and conditionals: the parser calls itself for each, and its own bound is too deep for a small stack.
pub const DEPTH_MAX: usize = 5;

/// The most dots, operators and brackets between two of `,`, `&&` and `||`: a chain of them is a tree as deep as it is long, which
/// parser and evaluation walk by calling themselves.
pub const CHAIN_MAX: usize = 12;

/// Everything that an expression may call; a name that the library learns later is not allowed by itself.
const FUNCTIONS: [&str; 32] = [
    "_?_:_",
    "_&&_",
    "_||_",
    "!_",
    "_-_",
    "_+_",
    "_*_",
    "_/_",
    "_%_",
    "_==_",
    "_!=_",
    "_>=_",
    "_<=_",
    "_>_",
    "_<_",
    "-_",
    "_[_]",
    "@in",
    "@not_strictly_false",
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "double",
    "int",
    "uint",
    "string",
    "bool",
    "type",
    "min",
    "max",
    "dyn",
];

/// Why an expression is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// Nothing there.
    #[error("the expression is empty; write for instance deal.currency == 'GBP'")]
    Empty,
    /// Over [`EXPRESSION_LENGTH_MAX_CHARS`].
    #[error("the expression has {length} characters; keep it under {EXPRESSION_LENGTH_MAX_CHARS}, or make two rules of it")]
    TooLong {
        /// Its length in characters.
        length: usize,
    },
    /// Over [`DEPTH_MAX`] brackets or conditionals in one another.
    #[error("the expression is nested too deeply; keep it under {DEPTH_MAX} brackets in one another, or make two rules of it")]
    TooDeep,
    /// Over [`CHAIN_MAX`] dots, operators and brackets in a row.
    #[error("a part of the expression has {count} dots and operators in a row; keep it under {CHAIN_MAX}, or make two rules of it")]
    LongChain {
        /// How many.
        count: usize,
    },
    /// A table or an object.
    #[error("the expression has a table {{…}}; a rule needs no table, compare with texts, numbers or lists")]
    Table,
    /// Not CEL.
    #[error("not a CEL expression, at character {column}: {message}")]
    Syntax {
        /// From 1.
        column: usize,
        /// The library's words.
        message: String,
    },
    /// A variable other than `deal`.
    #[error("{name:?} is not known; a rule sees the deal only, write for instance deal.{name}")]
    Variable {
        /// Its name.
        name: String,
    },
    /// A function that rules do not have.
    #[error("there is no function {name:?}; rules have size, contains, startsWith, endsWith, has, in and comparisons")]
    Function {
        /// Its name.
        name: String,
    },
    /// Over [`LOOPS_MAX`] loops.
    #[error("the expression has {count} loops; {LOOPS_MAX} are allowed")]
    Loops {
        /// How many.
        count: usize,
    },
    /// It does not look at the deal, so it is always true or always false.
    #[error("the expression does not look at the deal; write for instance deal.currency == 'GBP'")]
    Constant,
}

/// Whether `text` may be a rule's expression.
///
/// # Errors
/// Why not, and how to fix it.
pub fn check_expression(text: &str) -> Result<(), ExpressionError> {
    compile(text).map(|_| ())
}

pub(super) fn compile(text: &str) -> Result<Program, ExpressionError> {
    let length = text.chars().count();
    if text.trim().is_empty() {
        return Err(ExpressionError::Empty);
    }
    if length > EXPRESSION_LENGTH_MAX_CHARS {
        return Err(ExpressionError::TooLong { length });
    }
    if depth(text) > DEPTH_MAX {
        return Err(ExpressionError::TooDeep);
    }
    if text.contains('{') {
        return Err(ExpressionError::Table);
    }
    let count = longest_chain(text);
    if count > CHAIN_MAX {
        return Err(ExpressionError::LongChain { count });
    }
    let program = Program::compile(text).map_err(|errors| {
        let first = errors.errors.first();
        ExpressionError::Syntax {
            column: first.map_or(1, |error| usize::try_from(error.pos.1).unwrap_or_default() + 1),
            message: first.map_or_else(String::new, |error| error.msg.replace('\n', " ")),
        }
    })?;
    let mut seen = Seen::default();
    seen.visit(program.expression(), &mut Vec::new())?;
    if seen.loops > LOOPS_MAX {
        return Err(ExpressionError::Loops { count: seen.loops });
    }
    if !seen.deal {
        return Err(ExpressionError::Constant);
    }
    Ok(program)
}

/// An upper bound of the nesting: brackets in texts count too, and a conditional never ends.
fn depth(text: &str) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    for c in text.chars() {
        match c {
            '(' | '[' | '{' | '?' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

/// An upper bound of the longest chain: signs in texts count too.
fn longest_chain(text: &str) -> usize {
    let parts = text.split("&&").flat_map(|part| part.split("||")).flat_map(|part| part.split(','));
    let signs = |part: &str| part.chars().filter(|c| ".+-*/%!?<>=([{".contains(*c)).count();
    parts.map(signs).max().unwrap_or_default()
}

#[derive(Debug, Default)]
struct Seen {
    deal: bool,
    loops: usize,
}

impl Seen {
    fn visit<'e>(&mut self, node: &'e IdedExpr, bound: &mut Vec<&'e str>) -> Result<(), ExpressionError> {
        match &node.expr {
            Expr::Unspecified | Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => self.name(name, bound),
            Expr::Select(select) => self.visit(&select.operand, bound),
            Expr::List(list) => list.elements.iter().try_for_each(|element| self.visit(element, bound)),
            Expr::Call(call) => {
                if !FUNCTIONS.contains(&call.func_name.as_str()) {
                    return Err(ExpressionError::Function {
                        name: call.func_name.clone(),
                    });
                }
                let mut inner = call.target.as_deref().into_iter().chain(&call.args);
                inner.try_for_each(|argument| self.visit(argument, bound))
            }
            Expr::Comprehension(each) => {
                self.loops += 1;
                self.visit(&each.iter_range, bound)?;
                self.visit(&each.accu_init, bound)?;
                let outside = bound.len();
                bound.extend([each.iter_var.as_str(), each.accu_var.as_str()]);
                bound.extend(each.iter_var2.as_deref());
                let inside = [&each.loop_cond, &each.loop_step, &each.result];
                inside.into_iter().try_for_each(|part| self.visit(part, bound))?;
                bound.truncate(outside);
                Ok(())
            }
            Expr::Map(_) | Expr::Struct(_) => Err(ExpressionError::Table),
        }
    }

    fn name(&mut self, name: &str, bound: &[&str]) -> Result<(), ExpressionError> {
        if bound.contains(&name) {
            return Ok(());
        }
        self.deal |= name == DEAL;
        if name == DEAL {
            return Ok(());
        }
        Err(ExpressionError::Variable { name: name.to_owned() })
    }
}
