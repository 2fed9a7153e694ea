"""What Streamlit shows around the screens: pages, header, the component, the error edge."""
