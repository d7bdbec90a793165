//! Rendered objects, and the list of what is wrong with them.

use serde_json::Value;
use std::fmt::Display;

pub struct Manifest {
    pub overlay: &'static str,
    objects: Vec<Value>,
}

impl Manifest {
    pub fn new(overlay: &'static str, objects: Vec<Value>) -> Self {
        Self { overlay, objects }
    }

    pub fn all(&self) -> impl Iterator<Item = Object<'_>> {
        self.objects.iter().map(|value| Object {
            overlay: self.overlay,
            value,
        })
    }

    pub fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = Object<'_>> {
        self.all().filter(move |object| object.kind() == kind)
    }

    pub fn find(&self, kind: &'static str, name: &str) -> Option<Object<'_>> {
        self.of_kind(kind).find(|object| object.name() == name)
    }

    /// What runs pods of ours.
    pub fn workloads(&self) -> impl Iterator<Item = Object<'_>> {
        self.all()
            .filter(|object| ["Deployment", "StatefulSet"].contains(&object.kind()))
    }
}

#[derive(Clone, Copy)]
pub struct Object<'a> {
    overlay: &'static str,
    value: &'a Value,
}

impl<'a> Object<'a> {
    pub fn kind(&self) -> &'a str {
        self.text("/kind")
    }

    pub fn name(&self) -> &'a str {
        self.text("/metadata/name")
    }

    /// The field at a JSON pointer, or null.
    pub fn get(&self, pointer: &str) -> &'a Value {
        self.value.pointer(pointer).unwrap_or(&Value::Null)
    }

    pub fn text(&self, pointer: &str) -> &'a str {
        self.get(pointer).as_str().unwrap_or_default()
    }

    pub fn list(&self, pointer: &str) -> &'a [Value] {
        list(self.get(pointer))
    }

    /// The same for what lies deeper: a container, a rule, a trigger.
    pub fn inner(&self, value: &'a Value) -> Self {
        Self { value, ..*self }
    }

    pub fn pod_label(&self, name: &str) -> &'a str {
        self.get("/spec/template/metadata/labels")[name]
            .as_str()
            .unwrap_or_default()
    }
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[derive(Default)]
pub struct Faults(Vec<String>);

impl Faults {
    /// `object` is the whole object, also where the field is one of a part of it.
    pub fn unless(&mut self, holds: bool, object: Object<'_>, field: &str, must: impl Display) {
        if !holds {
            self.add(object, field, must);
        }
    }

    pub fn add(&mut self, object: Object<'_>, field: &str, must: impl Display) {
        let (overlay, kind, name) = (object.overlay, object.kind(), object.name());
        self.0
            .push(format!("{overlay}: {kind}/{name}: {field} {must}"));
    }

    pub fn line(&mut self, line: &str) {
        self.0.push(line.to_owned());
    }

    pub fn missing(&mut self, manifest: &Manifest, kind: &str, name: &str) {
        self.0
            .push(format!("{}: {kind}/{name} is missing", manifest.overlay));
    }

    pub fn into_lines(self) -> Vec<String> {
        self.0
    }
}
