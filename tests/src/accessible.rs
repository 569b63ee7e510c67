//! What assistive programs are told: role and name of a control as the engine itself computes them (W3C WebDriver,
//! "Get Computed Role", "Get Computed Label"; the names go by the Accessible Name and Description Computation).

use color_eyre::eyre::{Result, eyre};
use fantoccini::Locator;
use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;

use crate::screen::Screen;

/// Everything that can be operated or has the focus.
const OPERABLE: &str = "button, a[href], input:not([type=hidden]), select, textarea, summary, [tabindex='0'], \
    [role=tab], [role=option], [role=menuitem], [role=switch], [role=checkbox], [role=slider], [role=dialog], [role=img], canvas";

/// A control as an assistive program sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its test id, or its markup where it has none.
    pub control: String,
    /// Computed role.
    pub role: String,
    /// Computed name.
    pub name: String,
}

#[derive(Debug)]
struct Computed {
    element: String,
    what: &'static str,
}

impl WebDriverCompatibleCommand for Computed {
    fn endpoint(&self, base_url: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        let session = session.unwrap_or_default();
        base_url.join(&format!("session/{session}/element/{}/{}", self.element, self.what))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::GET, None)
    }
}

async fn computed(element: &Element, what: &'static str) -> Result<String> {
    let command = Computed { element: element.element_id().to_string(), what };
    let answer = element.clone().client().issue_cmd(command).await?;
    Ok(answer.as_str().unwrap_or_default().trim().to_owned())
}

/// All visible controls of the screen with their computed roles and names.
///
/// # Errors
/// When the driver fails, or the screen holds no control at all.
pub async fn controls(screen: &Screen) -> Result<Vec<Named>> {
    let mut all = Vec::new();
    for element in screen.client().find_all(Locator::Css(OPERABLE)).await? {
        // Not the driver's own answer, which takes what a closed disclosure hides for displayed.
        let arguments = vec![serde_json::to_value(&element)?];
        let visible = "return arguments[0].checkVisibility({ visibilityProperty: true })";
        if screen.client().execute(visible, arguments).await? != serde_json::Value::Bool(true) {
            continue;
        }
        let control = match element.attr("data-testid").await? {
            Some(id) => id,
            None => element.html(false).await?.chars().take(120).collect(),
        };
        let mut role = computed(&element, "computedrole").await?;
        if role.is_empty() && element.tag_name().await? == "summary" {
            // A native disclosure, which has no ARIA role to be told by (HTML Accessibility API Mappings).
            role = "summary".into();
        }
        let mut name = computed(&element, "computedlabel").await?;
        if role == "row" {
            // A row is read out by its cells; the engine gives it no name of its own.
            name = element.text().await?;
        }
        all.push(Named { control, role, name });
    }
    if all.is_empty() { Err(eyre!("the screen holds no control")) } else { Ok(all) }
}
