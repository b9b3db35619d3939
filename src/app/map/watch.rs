//! Browser observers that stop when they are dropped.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Element, MutationObserver, MutationObserverInit, ResizeObserver};

/// Calls back when an element changes its size.
pub(super) struct SizeWatch {
    observer: ResizeObserver,
    _callback: Closure<dyn FnMut()>,
}

impl SizeWatch {
    pub(super) fn new(element: &Element, callback: impl FnMut() + 'static) -> Result<SizeWatch, JsValue> {
        let callback = Closure::<dyn FnMut()>::new(callback);
        let observer = ResizeObserver::new(callback.as_ref().unchecked_ref())?;
        observer.observe(element);
        Ok(SizeWatch { observer, _callback: callback })
    }
}

impl Drop for SizeWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Calls back when an element's attribute changes.
pub(super) struct AttributeWatch {
    observer: MutationObserver,
    _callback: Closure<dyn FnMut()>,
}

impl AttributeWatch {
    pub(super) fn new(
        element: &Element,
        attribute: &str,
        callback: impl FnMut() + 'static,
    ) -> Result<AttributeWatch, JsValue> {
        let callback = Closure::<dyn FnMut()>::new(callback);
        let observer = MutationObserver::new(callback.as_ref().unchecked_ref())?;
        let options = MutationObserverInit::new();
        options.set_attribute_filter(&Array::of1(&JsValue::from_str(attribute)));
        observer.observe_with_options(element, &options)?;
        Ok(AttributeWatch { observer, _callback: callback })
    }
}

impl Drop for AttributeWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
